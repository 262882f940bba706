/**
 * What an answer of a target means for the call (checklist 6.2, 6.3): `next` tries the next target, `final` goes to
 * the caller. A callee that was asked and said no is never asked again elsewhere.
 */
export function meaningOf(status: number): 'next' | 'final' {
  if (status === 408) return 'next';
  return status >= 500 && status <= 599 ? 'next' : 'final';
}

/** Milliseconds that a target may be silent before the next one is tried; one that is the last is waited for. */
export const FIRST_ANSWER = 4000;

/** Milliseconds from 100 Trying to the first sign of the callee, likewise. */
export const AFTER_TRYING = 10_000;

/** Milliseconds after which no further target is begun. */
export const SETUP_BUDGET = 30_000;

/** Timer C (RFC 3261 §16.6 step 11): milliseconds a call may ring; more than three minutes. */
export const TIMER_C = 185_000;

/** Milliseconds to wait for the 487 of a cancelled target (RFC 3261 §9.1: 64 × T1). */
export const CANCEL_WAIT = 32_000;

/**
 * The status for the caller: a target's 503 does not mean that this gate is out of service (RFC 3261 §16.7 step 6),
 * and a redirection is not followed nor shown, since its contacts are not the caller's to dial.
 */
export function statusForCaller(status: number): number {
  if (status === 503) return 500;
  return status >= 300 && status <= 399 ? 480 : status;
}

/** The better of two final statuses (RFC 3261 §16.7 step 6): 6xx, then the lowest class, then what the caller can mend. */
export function better(left: number, right: number): number {
  return rank(left) <= rank(right) ? left : right;
}

const MENDABLE = new Set([401, 407, 415, 420, 484]);

function rank(status: number): number {
  if (status >= 600) return 0;
  return Math.floor(status / 100) * 2 - (MENDABLE.has(status) ? 1 : 0);
}
