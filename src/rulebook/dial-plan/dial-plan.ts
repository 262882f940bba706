/**
 * What kind of call a dialled number makes. `internal` is within the company; the two kinds of special services and of
 * premium services are told apart in each country's table. `unknown` is a class of its own: it never passes as another.
 */
export type CallType =
  | 'internal'
  | 'toll-free'
  | 'national'
  | 'international'
  | 'operator-assisted'
  | 'directory-assistance'
  | 'special-services-1'
  | 'special-services-2'
  | 'premium-services-1'
  | 'premium-services-2'
  | 'emergency'
  | 'unknown';

/** Numbers of one kind: `X` stands for one digit, `[2-9]` for one of some, a final `!` for one or more digits. */
export type Range = readonly [pattern: string, type: CallType, what: string];

/** How numbers are dialled in a country, and which of them are no ordinary national numbers. */
export interface DialPlan {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly callingCode: string;
  /** What is dialled before a country code. */
  readonly internationalPrefix: string;
  /** What is dialled before a national number, and is no part of it; empty where there is none. */
  readonly trunkPrefix: string;
  /** Whether national numbers may be dialled without the trunk prefix. */
  readonly prefixOptional: boolean;
  /** Where the ranges are from, and when they were read. */
  readonly source: string;
  /** As dialled, before anything else is looked at: short codes, operators, carrier selection. */
  readonly dialled: readonly Range[];
  /** Ranges of the national significant number; whatever is in none of them is national if it is a number at all. */
  readonly national: readonly Range[];
}

/** A range made ready to be matched. */
export interface CompiledRange {
  readonly expression: RegExp;
  readonly type: CallType;
  readonly what: string;
}

/** Makes the ranges ready; the first that fits counts. */
export function compileRanges(ranges: readonly Range[]): CompiledRange[] {
  return ranges.map(([pattern, type, what]) => ({
    expression: new RegExp(`^${pattern.replaceAll('X', '\\d').replace(/!$/, '\\d+')}$`),
    type,
    what,
  }));
}
