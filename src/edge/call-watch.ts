import type { Clock } from '../kit/clock.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { ServerTransaction } from '../sip/transaction/transaction.ts';
import { packetOf, type Guard } from './abuse/guard.ts';
import { authorizationFor, type HeaderValue } from './agents/agent-credentials.ts';
import type { AgentBoard } from './agents/agent-board.ts';
import type { Calls } from './calls.ts';
import type { MovedCall } from './line-forwarding.ts';
import type { Place } from './places.ts';

/** Who is told of calls in set-up. */
export interface CallWatchParts {
  readonly agents: AgentBoard;
  readonly calls: Calls;
  readonly guard: Guard;
  readonly rulebook: Rulebook;
  readonly clock: Clock;
  /** Called once for each call, when the caller has the final answer. */
  readonly finished: (request: SipRequest) => void;
  /** Asked about a 302 that nobody else made up for: whether the call goes on without its set-up, which then says no more. */
  readonly moved: (call: MovedCall, transaction: ServerTransaction) => boolean;
}

/** What was decided about the call, and how many times it was forwarded before. */
export type WatchedCall = Pick<MovedCall, 'decision' | 'forwardings'>;

/** Tells those who count calls and watch agents what becomes of one call in set-up. */
export class CallWatch {
  readonly #parts: CallWatchParts;
  readonly #transaction: ServerTransaction;
  readonly #call: WatchedCall;

  constructor(parts: CallWatchParts, transaction: ServerTransaction, call: WatchedCall) {
    this.#parts = parts;
    this.#transaction = transaction;
    this.#call = call;
  }

  /** One place is about to be tried, and the one before is not any more. */
  trying({ counters = [], longestSeconds = Infinity }: Place): void {
    const longest = Math.min(longestSeconds, this.#call.decision.longestSeconds ?? Infinity);
    const { calls } = this.#parts;
    calls.trying(this.#transaction.request, { counters, ...(longest < Infinity && { longestSeconds: longest }) });
  }

  agentAnswered(id: string, status: number): void {
    const { agents, clock } = this.#parts;
    const held = agents.healthOf(id);
    held?.health.answered(held.agent, status, clock.now());
  }

  agentSilent(id: string): void {
    const { agents, clock } = this.#parts;
    const held = agents.healthOf(id);
    held?.health.silent(held.agent, clock.now());
  }

  /** A try at an agent came to its end. */
  agentEnded(id: string, wasAnswered: boolean): void {
    this.#parts.agents.ended(id, wasAnswered);
  }

  /** The header that answers a challenge of an agent; undefined where it has no credentials of ours. */
  authorization(id: string, sent: SipRequest, challenged: SipResponse): HeaderValue | undefined {
    const agent = this.#parts.rulebook.agent(id);
    return agent && authorizationFor(agent, sent, challenged);
  }

  /** The telephone at a place sends the call elsewhere by a 302; false when that is an answer like others. */
  moved(place: Place, response: SipResponse): boolean {
    return this.#parts.moved({ ...this.#call, place, response }, this.#transaction);
  }

  /** The first 2xx came. */
  answered(response: SipResponse): void {
    const { calls, guard } = this.#parts;
    calls.answered(this.#transaction.request, response);
    guard.access.proved(packetOf(this.#transaction.flow));
  }

  /** The caller has the final answer. */
  finished(): void {
    this.#parts.finished(this.#transaction.request);
  }
}
