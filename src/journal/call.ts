import type { Decision } from '../rulebook/decide/decision.ts';
import type { RuleReference } from '../rulebook/rule.ts';
import type { CallEvent, Source } from './event.ts';

/** A call as the journal tells it: the sum of its events. */
export interface CallReport {
  readonly callId: string;
  readonly startedAt: string;
  readonly state: 'refused' | 'dropped' | 'challenged' | 'in-progress' | 'answered' | 'failed' | 'ended';
  /** The last final SIP status that the caller got; null while there is none. */
  readonly status: number | null;
  /** Why, by the closed list of reasons. */
  readonly reason: string | null;
  readonly trunk: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly source: Source | null;
  readonly answeredAt: string | null;
  readonly endedAt: string | null;
  readonly endedBy: 'caller' | 'callee' | 'gate' | null;
  readonly attempts: readonly {
    readonly trunk: string;
    readonly target: string;
    readonly status: number | string;
    readonly took: number;
  }[];
  readonly decisions: readonly Decision[];
  /** Limits of spending that were half or wholly used with this call. */
  readonly alarms: readonly Alarm[];
  /** What the application that answered for it did. */
  readonly notes: readonly { readonly at: string; readonly text: string; readonly rule?: RuleReference }[];
}

type Alarm = Pick<Extract<CallEvent, { kind: 'alarm' }>, 'trunk' | 'user' | 'measure' | 'state' | 'used' | 'limit'>;

/** Sums up the events of one call, oldest first. */
export function reportCall(callId: string, events: readonly CallEvent[]): CallReport {
  const decisions = events.flatMap((event) => (event.kind === 'decision' ? [event] : []));
  const refusal = events.findLast((event) => event.kind === 'refusal');
  const drop = events.findLast((event) => event.kind === 'drop');
  const last = decisions.at(-1);
  // A forwarding that may not be ends the call; one that may leaves it as it was judged.
  const forwarding = events.findLast((event) => event.kind === 'forwarding')?.decision;
  const final = forwarding && forwarding.verdict !== 'admit' ? forwarding : last?.decision;
  const answer = events.findLast((event) => event.kind === 'answer');
  const end = events.findLast((event) => event.kind === 'end');
  // Admitted by the rules, and then the edge had nowhere to send it.
  const thwarted = answer === undefined && events.findLast(isVerdict)?.kind === 'refusal' ? refusal : undefined;
  const status =
    answer?.status ??
    thwarted?.status ??
    (final?.verdict === 'admit' || drop ? null : final?.status) ??
    refusal?.status ??
    null;
  return {
    callId,
    startedAt: isoTime(events[0]?.at ?? 0),
    state:
      drop && !answer ? 'dropped' : stateOf(thwarted ? 'refuse' : final?.verdict, answer?.status, end !== undefined),
    status,
    reason: thwarted?.reason ?? final?.reason ?? refusal?.reason ?? drop?.reason ?? null,
    trunk: last?.decision.trunk ?? null,
    from: last?.from ?? null,
    to: last?.requestUri ?? null,
    source: last?.source ?? refusal?.source ?? drop?.source ?? null,
    answeredAt: answer && answer.status < 300 ? isoTime(answer.at) : null,
    endedAt: end ? isoTime(end.at) : null,
    endedBy: end?.by ?? null,
    attempts: events.flatMap((event) =>
      event.kind === 'attempt'
        ? [{ trunk: event.trunk, target: event.target, status: event.status, took: event.took }]
        : [],
    ),
    decisions: events.flatMap((event) =>
      event.kind === 'decision' || event.kind === 'transfer' || event.kind === 'forwarding' ? [event.decision] : [],
    ),
    alarms: events.flatMap((event) => {
      if (event.kind !== 'alarm') return [];
      const { trunk, user, measure, state, used, limit } = event;
      return [{ trunk, user, measure, state, used, limit }];
    }),
    notes: events.flatMap((event) =>
      event.kind === 'application' ? [{ at: isoTime(event.at), text: event.text, rule: event.rule }] : [],
    ),
  };
}

function isVerdict({ kind }: CallEvent): boolean {
  return kind === 'decision' || kind === 'refusal';
}

function stateOf(
  verdict: Decision['verdict'] | undefined,
  answer: number | undefined,
  ended: boolean,
): CallReport['state'] {
  if (ended) return 'ended';
  if (answer !== undefined) return answer < 300 ? 'answered' : 'failed';
  if (verdict === 'admit') return 'in-progress';
  return verdict === 'challenge' ? 'challenged' : 'refused';
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
