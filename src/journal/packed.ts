import type { CallAttempt } from '../rulebook/attempt.ts';
import type { Decision, TraceStep } from '../rulebook/decide/decision.ts';
import type { CallEvent } from './event.ts';

/** A decision with what was judged: the largest event, and one that every call has. */
type Judgement = Extract<CallEvent, { kind: 'decision' }> & { readonly attempt: CallAttempt };

/**
 * How a field is written: its value at its place, with its name when it is there at all, or in a way of its own. What is
 * on disk is read by these places, so a field that is added later is `named`.
 */
type Way = 'placed' | 'named' | 'apart';

const DECISION: Readonly<Record<keyof Decision, Way>> = {
  id: 'placed',
  at: 'placed',
  revision: 'placed',
  verdict: 'placed',
  reason: 'placed',
  status: 'placed',
  direction: 'placed',
  trunk: 'placed',
  account: 'placed',
  called: 'placed',
  caller: 'placed',
  abroad: 'placed',
  username: 'placed',
  sourceTrusted: 'placed',
  challenge: 'placed',
  retryAfter: 'placed',
  targets: 'placed',
  parent: 'named',
  redirect: 'named',
  counters: 'named',
  exceeded: 'named',
  groups: 'named',
  dialled: 'named',
  permission: 'named',
  longestSeconds: 'named',
  trace: 'apart',
};

const ATTEMPT: Readonly<Record<keyof CallAttempt, Way>> = {
  id: 'apart',
  source: 'placed',
  fromCarrier: 'placed',
  requestUri: 'placed',
  toHost: 'placed',
  fromHost: 'placed',
  fromUser: 'named',
  line: 'named',
  leg: 'placed',
  uri: 'placed',
  plainAudio: 'named',
  forwarded: 'placed',
  place: 'placed',
  addressedToEdge: 'placed',
  callerIds: 'placed',
  digest: 'placed',
  callsInLastSecond: 'placed',
  callsInProgress: 'placed',
  usage: 'placed',
  spent: 'placed',
  denied: 'named',
  namedAgents: 'named',
  fromRegistered: 'named',
  registered: 'named',
  dice: 'placed',
};

/** Writes objects of one kind as lists of their values, for names are most of what they would be as JSON. */
class Packing<Kind extends object> {
  readonly #placed: readonly (keyof Kind)[];
  readonly #named: readonly (keyof Kind)[];

  constructor(ways: Readonly<Record<keyof Kind, Way>>) {
    const keys = Object.keys(ways) as (keyof Kind)[];
    this.#placed = keys.filter((key) => ways[key] === 'placed');
    this.#named = keys.filter((key) => ways[key] === 'named');
  }

  /** Adds the values to `packed`. */
  pack(value: Kind, packed: unknown[]): unknown[] {
    for (const key of this.#placed) packed.push(value[key]);
    for (const key of this.#named) if (value[key] !== undefined) packed.push(key, value[key]);
    return packed;
  }

  unpack(packed: readonly unknown[]): Kind {
    const pairs = this.#placed.map((key, index): [unknown, unknown] => [key, packed[index]]);
    for (let at = pairs.length; at < packed.length; at += 2) pairs.push([packed[at], packed[at + 1]]);
    return Object.fromEntries(pairs) as Kind;
  }
}

const decisions = new Packing<Decision>(DECISION);
const attempts = new Packing<CallAttempt>(ATTEMPT);

/** Whether nothing is lost when the event is packed. */
export function isJudgement(event: CallEvent): event is Judgement {
  if (event.kind !== 'decision' || !event.attempt) return false;
  const { source, attempt, decision } = event;
  const { transport, address, port } = attempt.source;
  return (
    attempt.id === decision.id && source.transport === transport && source.address === address && source.port === port
  );
}

/** The event without its Call-ID, for JSON. */
export function packJudgement({ at, requestUri, from, decision, attempt }: Judgement): unknown[] {
  return decisions.pack(decision, [at, requestUri, from, packTrace(decision.trace), attempts.pack(attempt, [])]);
}

export function unpackJudgement(packed: readonly unknown[], callId: string): Judgement {
  const [at, requestUri, from, trace, judged, ...decided] = packed as [number, string, string, unknown[], unknown[]];
  const decision: Decision = { ...decisions.unpack(decided), trace: unpackTrace(trace) };
  const attempt: CallAttempt = { ...attempts.unpack(judged), id: decision.id };
  const { transport, address, port } = attempt.source;
  return { kind: 'decision', callId, at, source: { transport, address, port }, requestUri, from, decision, attempt };
}

/** Values of each step in a row; of rules that follow each other and are of one resource only the first names it. */
function packTrace(trace: readonly TraceStep[]): unknown[] {
  const packed: unknown[] = [];
  let last: string | undefined;
  for (const { check, outcome, detail, rule, remedy } of trace) {
    packed.push(check, outcome, detail, rule?.field, rule?.resource === last ? 0 : rule?.resource, remedy);
    last = rule?.resource ?? last;
  }
  return packed;
}

function unpackTrace(packed: readonly unknown[]): TraceStep[] {
  const trace: TraceStep[] = [];
  let last = '';
  for (let at = 0; at < packed.length; at += 6) {
    const [check, outcome, detail, field, resource, remedy] = packed.slice(at, at + 6) as (string | null | 0)[];
    if (typeof resource === 'string') last = resource;
    trace.push({
      check,
      outcome,
      detail,
      ...(field !== null && { rule: { resource: last, field } }),
      ...(remedy !== null && { remedy }),
    } as TraceStep);
  }
  return trace;
}
