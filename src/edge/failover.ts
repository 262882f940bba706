import type { FailoverRow } from '../rulebook/failover.ts';

/** A row of the common table, with what the caller is shown in place of the status, and why. */
interface CommonRow extends FailoverRow {
  readonly shown?: number;
  readonly why: string;
}

/**
 * What a target's final answer means (checklist 6.2, 6.3): the first row that holds the status. A callee that was asked
 * and said no is never asked again elsewhere. Silence and a failed transport are `next`, always.
 */
const COMMON: readonly CommonRow[] = [
  { from: 300, to: 399, meaning: 'final', shown: 480, why: "its contacts are not the caller's to dial" },
  { from: 408, to: 408, meaning: 'next', why: 'the target heard nothing from beyond it' },
  { from: 400, to: 499, meaning: 'final', why: 'the request or the callee is at fault: the same elsewhere' },
  {
    from: 503,
    to: 503,
    meaning: 'next',
    shown: 500,
    why: 'the target, not this gate, is out of service (§16.7 step 6)',
  },
  { from: 500, to: 599, meaning: 'next', why: 'the target is at fault' },
  { from: 600, to: 699, meaning: 'final', why: 'the callee wants the call nowhere (§16.7 step 5)' },
];

/** What a final answer means for the call; `own` are the rows of its route, which come first but for 6xx. */
export function meaningOf(status: number, own: readonly FailoverRow[] = []): FailoverRow['meaning'] {
  const rows = status >= 600 ? COMMON : [...own, ...COMMON];
  return rows.find((row) => holds(row, status))?.meaning ?? 'final';
}

/** The status that the caller is shown for a target's. */
export function statusForCaller(status: number): number {
  return COMMON.find((row) => holds(row, status))?.shown ?? status;
}

/** Whether another address of the same target may do better (RFC 3263 §4.3). */
export function isOfServer(status: number): boolean {
  return status === 503;
}

function holds({ from, to }: FailoverRow, status: number): boolean {
  return from <= status && status <= to;
}

/** Milliseconds that a target may be silent before the next one is tried; one that is the last is waited for. */
export const FIRST_ANSWER = 4000;

/** Milliseconds from 100 Trying to the first sign of the callee, likewise. */
export const AFTER_TRYING = 10_000;

/** Milliseconds after which no further target is begun. */
export const SETUP_BUDGET = 30_000;

/** Most places that one call is tried at. */
export const MOST_ATTEMPTS = 20;

/** Timer C (RFC 3261 §16.6 step 11): milliseconds a call may ring; more than three minutes. */
export const TIMER_C = 185_000;

/** Milliseconds to wait for the 487 of a cancelled target (RFC 3261 §9.1: 64 × T1). */
export const CANCEL_WAIT = 32_000;

/**
 * The better of two final statuses (RFC 3261 §16.7 step 6): 6xx, then the lowest class, then what the caller can mend;
 * last of a class that nobody said anything.
 */
export function better(left: number, right: number): number {
  return rank(left) <= rank(right) ? left : right;
}

const MENDABLE = new Set([401, 407, 415, 420, 484]);

function rank(status: number): number {
  if (status >= 600) return 0;
  if (status === 408) return 9;
  return Math.floor(status / 100) * 2 - (MENDABLE.has(status) ? 1 : 0);
}

/** Seconds of a Retry-After header (RFC 3261 §20.33); comments and parameters may follow. */
export function retryAfterOf(value: string | undefined): number | undefined {
  const digits = /^\d{1,9}/.exec(value ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}
