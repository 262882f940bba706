import type { ReasonCode } from './decide/reasons.ts';

interface MeasureTerms {
  readonly text: string;
  /** Of the refusal at the limit. */
  readonly reason: ReasonCode;
  /** Seconds after which a refused call may come again. */
  readonly retryAfter?: number;
  /** Whether calls from the telephone network count too: they take room, and cost nothing. */
  readonly bothWays?: boolean;
}

/** What is counted of the calls that a trunk or one of its users makes, so that stolen credentials cost little. */
export const MEASURES = {
  minutes: { text: 'minutes of answered calls in a day', reason: 'spending-exceeded' },
  cost: { text: 'of the day, by the tariff', reason: 'spending-exceeded' },
  calls: { text: 'calls in a day', reason: 'spending-exceeded' },
  concurrent: { text: 'calls at once', reason: 'concurrency-exceeded', retryAfter: 10, bothWays: true },
  'calls-per-second': { text: 'calls in a second', reason: 'rate-exceeded', retryAfter: 1, bothWays: true },
  'calls-per-minute': { text: 'calls in a minute', reason: 'fraud-suspected' },
  international: { text: 'calls abroad in an hour', reason: 'fraud-suspected' },
  range: { text: 'calls to one range of a thousand numbers in an hour', reason: 'fraud-suspected' },
  sequence: {
    text: 'calls in a row, each to the number of the one before or its neighbour',
    reason: 'fraud-suspected',
  },
} as const satisfies Record<string, MeasureTerms>;

export type Measure = keyof typeof MEASURES;

/** What there is to know of a measure. */
export function termsOf(measure: Measure): MeasureTerms {
  return MEASURES[measure];
}

/** The most that a trunk, or a user, may reach of each measure; what is not there is not limited. */
export type SpendingLimits = { readonly [Name in Measure]?: number };

/** How far a trunk or a user has come towards one of its limits. */
export interface Spent {
  readonly of: 'trunk' | 'user';
  readonly measure: Measure;
  readonly used: number;
  readonly limit: number;
}

/** Digits at the end of a number that its range leaves open. */
const RANGE_DIGITS = 3;

/** The range of a thousand numbers that an E.164 number is in: revenue share fraud rents such ranges. */
export function rangeOf(number: string): string {
  return number.slice(0, -RANGE_DIGITS);
}

/** Whether an E.164 number is the other one, or the next one up or down. */
export function isNeighbour(number: string, other: string): boolean {
  return number.length === other.length && Math.abs(Number(number) - Number(other)) <= 1;
}
