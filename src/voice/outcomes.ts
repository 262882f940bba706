import type { CallOutcome } from '../exchange/outgoing-call.ts';
import type { LegOutcome } from '../rulebook/call-control.ts';

/** Statuses by which the called one says that it has no time: 486, and for every place that it is at, 600 and 603. */
const BUSY: ReadonlySet<number> = new Set([486, 600, 603]);

/** Statuses that mean that nobody took the call: nobody in time, nobody there, given up on the way. */
const NO_ANSWER: ReadonlySet<number> = new Set([408, 480, 487]);

/** What a final refusal means. */
export function refusalOutcome(status: number): LegOutcome {
  if (BUSY.has(status)) return { kind: 'busy', status, talked: 0 };
  return { kind: NO_ANSWER.has(status) ? 'no-answer' : 'failed', status, talked: 0 };
}

/** What an unanswered call came to. */
export function outcomeOf(outcome: CallOutcome): LegOutcome {
  switch (outcome.kind) {
    case 'answered':
    case 'refused':
      return refusalOutcome(outcome.response.status);
    case 'cancelled':
      return { kind: 'canceled', status: outcome.response?.status ?? null, talked: 0 };
    case 'unanswered':
      return { kind: 'no-answer', status: outcome.response?.status ?? null, talked: 0 };
    case 'failed':
      return { kind: outcome.cause === 'timeout' ? 'no-answer' : 'failed', status: null, talked: 0 };
  }
}

const RANK: readonly LegOutcome['kind'][] = ['answered', 'busy', 'no-answer', 'failed', 'canceled'];

/** Of several that came to nothing, the one that says most: somebody was there, without being connected or busy, before nobody was. */
export function mostTelling(outcomes: readonly LegOutcome[]): LegOutcome {
  const [best] = outcomes.toSorted((a, b) => RANK.indexOf(a.kind) - RANK.indexOf(b.kind));
  return best ?? { kind: 'failed', status: null, talked: 0 };
}
