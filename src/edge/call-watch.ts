import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { SipResponse } from '../sip/message/message.ts';
import type { ServerTransaction } from '../sip/transaction/transaction.ts';
import { packetOf, type Guard } from './abuse/guard.ts';
import type { AgentBoard } from './agents/agent-board.ts';
import type { Calls } from './calls.ts';
import type { Place } from './places.ts';

/** Who is told of calls in set-up. */
export interface CallWatchParts {
  readonly agents: AgentBoard;
  readonly calls: Calls;
  readonly guard: Guard;
  readonly clock: Clock;
  /** Called once for each call, when the caller has the final answer. */
  readonly finished: () => void;
}

/** Tells those who count calls and watch agents what becomes of one call in set-up. */
export class CallWatch {
  readonly #parts: CallWatchParts;
  readonly #transaction: ServerTransaction;
  readonly #decision: Decision;

  constructor(parts: CallWatchParts, transaction: ServerTransaction, decision: Decision) {
    this.#parts = parts;
    this.#transaction = transaction;
    this.#decision = decision;
  }

  /** One place is about to be tried, and the one before is not any more. */
  trying({ counters = [], longestSeconds = Infinity }: Place): void {
    const { agents, calls } = this.#parts;
    const longest = Math.min(longestSeconds, this.#decision.longestSeconds ?? Infinity);
    calls.trying(this.#transaction.request, { counters, ...(longest < Infinity && { longestSeconds: longest }) });
    agents.tried(counters);
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

  /** The first 2xx came. */
  answered(response: SipResponse): void {
    const { calls, guard } = this.#parts;
    calls.answered(this.#transaction.request, response);
    guard.access.proved(packetOf(this.#transaction.flow));
  }

  /** The caller has the final answer. */
  finished(): void {
    const { calls, finished } = this.#parts;
    finished();
    calls.failed(this.#transaction.request);
  }
}
