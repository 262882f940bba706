import type { CallAttempt } from '../rulebook/attempt.ts';
import { decide } from '../rulebook/decide/decide.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Source } from './event.ts';
import type { DecidedPage } from './store.ts';

/** Calls that are judged anew at most, newest first. */
const MOST_CALLS = 100_000;
/** Changed calls that are told one by one. */
const MOST_TOLD = 1000;

/** A call that would end otherwise. */
interface ChangedCall {
  readonly callId: string;
  readonly at: string;
  readonly source: Source;
  readonly from: string;
  readonly to: string;
  /** By the rules that are in force. */
  readonly before: Decision;
  readonly after: Decision;
}

/** What other rules would have made of the calls of late. */
export interface Impact {
  readonly since: string;
  /** Calls that were judged anew. */
  readonly calls: number;
  /** How many of them would end otherwise. */
  readonly changed: number;
  /** The newest of these, with both decisions. */
  readonly list: readonly ChangedCall[];
  /** Calls of which the journal does not know enough. */
  readonly unknown: number;
  /** Whether there were more calls than are judged anew. */
  readonly more: boolean;
}

interface Parts {
  readonly decided: (query: { since: number; before?: number }) => Promise<DecidedPage>;
  readonly before: Rulebook;
  readonly after: Rulebook;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Judges the journal's calls since `since` by two rulebooks, each at its own time and with the load that it met, and
 * tells those whose outcome differs. Of a call that was challenged, what it came to in the end counts.
 */
export async function findImpact({ decided, before, after, since }: Parts): Promise<Impact> {
  const seen = new Set<string>();
  const list: ChangedCall[] = [];
  let [unknown, changed] = [0, 0];
  let next: number | null | undefined;
  while (next !== null && seen.size < MOST_CALLS) {
    // The edge goes on between the pages.
    const page = await decided({ since, ...(next !== undefined && { before: next }) });
    next = page.next;
    for (const { callId, at, source, from, requestUri, attempt } of page.decided) {
      if (seen.has(callId)) continue;
      seen.add(callId);
      if (!attempt) unknown += 1;
      const decisions = attempt && judgeBoth(attempt, at, before, after);
      if (!decisions || outcomeOf(decisions[0]) === outcomeOf(decisions[1])) continue;
      changed += 1;
      const [old, fresh] = decisions;
      if (list.length < MOST_TOLD)
        list.push({ callId, at: isoTime(at), source, from, to: requestUri, before: old, after: fresh });
    }
  }
  const calls = seen.size - unknown;
  return { since: isoTime(since), calls, changed, list, unknown, more: next !== null };
}

function judgeBoth(attempt: CallAttempt, at: number, before: Rulebook, after: Rulebook): [Decision, Decision] {
  return [decide(before, attempt, at), decide(after, attempt, at)];
}

/** What a caller, or whoever is called, would notice. */
function outcomeOf({ verdict, reason, status, targets }: Decision): string {
  const places = targets.map(({ user, route }) => [user, route && [route.host, route.port, route.transport]]);
  return JSON.stringify([verdict, reason, status, places]);
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
