import type { Clock, Timer } from '../../kit/clock.ts';
import type { Agent, Ping } from '../../rulebook/agent.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import type { Destination } from '../../sip/resolve.ts';
import type { ClientTransaction } from '../../sip/transaction/transaction.ts';
import type { OwnAddresses } from '../addresses.ts';
import type { Outbound } from '../outbound.ts';
import { pingRequest } from '../probes.ts';
import { Questions, type Question } from '../questions.ts';
import type { AgentBoard } from './agent-board.ts';

/** Milliseconds between two looks at who is due. */
const PACE = 1000;

/** Pings begun at one look. */
const MOST_AT_ONCE = 200;

/** Milliseconds to wait for an answer, at most. */
const PATIENCE = 4000;

export interface AgentPingsParts {
  readonly rulebook: Rulebook;
  readonly board: AgentBoard;
  readonly outbound: Outbound;
  readonly addresses: OwnAddresses;
  readonly clock: Clock;
}

/** Asks agents whether they live, each as it was provisioned (RFC 3261 §11). */
export class AgentPings {
  readonly #parts: AgentPingsParts;
  /** When each agent is to be asked next. */
  #due = new Map<string, number>();
  readonly #running = new Questions();
  #timer: Timer | null = null;

  constructor(parts: AgentPingsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.clock.after(PACE, () => {
      this.#look();
      this.start();
    });
  }

  /** Asks no more, and forgets what is under way. */
  stop(): void {
    this.#timer?.cancel();
    this.#running.endAll();
  }

  #look(): void {
    const { rulebook, clock, board } = this.#parts;
    const now = clock.now();
    const agents = rulebook.borders
      .flatMap((border) => border.agents)
      .filter(({ ping, enabled, port }) => ping && enabled && port !== null);
    const known = new Set(agents.map(({ id }) => id));
    this.#due = new Map([...this.#due].filter(([id]) => known.has(id)));
    let begun = 0;
    for (const agent of agents) {
      const { id, ping } = agent;
      if (!ping || (this.#due.get(id) ?? 0) > now || this.#running.has(id)) continue;
      if (begun >= MOST_AT_ONCE) break;
      this.#due.set(id, now + ping.seconds * 1000);
      const { health } = board.healthOf(id) ?? {};
      const quiet = now - (health?.heardAt ?? -Infinity) >= ping.seconds * 1000;
      if (ping.onlyIdle && !quiet && health?.out(now) === null) continue;
      begun += 1;
      void this.#ping(agent, ping);
    }
  }

  async #ping(agent: Agent, ping: Ping): Promise<void> {
    const { outbound, clock } = this.#parts;
    const { id, host, port, transports } = agent;
    const failed = (): void => {
      this.#running.end(id);
      this.#tell(agent, null);
    };
    const deadline = clock.after(Math.min(ping.seconds * 1000, PATIENCE), failed);
    const question: Question = { client: null, deadline };
    this.#running.begin(id, question);
    try {
      const [destination] = await outbound.locate({ host, port, transport: transports[0] ?? 'udp' });
      // The deadline may have passed meanwhile, or the edge is closing.
      if (!this.#running.waits(id, question)) return;
      if (!destination) return failed();
      question.client = this.#send(agent, ping, destination, failed);
    } catch {
      // A name that leads nowhere is nobody who answers.
      if (this.#running.waits(id, question)) failed();
    }
  }

  #send(agent: Agent, ping: Ping, destination: Destination, failed: () => void): ClientTransaction {
    const { outbound, addresses } = this.#parts;
    const flow = outbound.flowToGateway(destination, agent.egress ?? agent.trunk);
    const own = addresses.of(destination.transport, destination.address, flow.local) ?? addresses.first;
    const request = pingRequest(destination, own, ping);
    return outbound.send(request, flow, {
      response: ({ status }) => {
        if (status < 200) return;
        this.#running.end(agent.id);
        this.#tell(agent, status);
      },
      failed,
    });
  }

  #tell({ id }: Agent, status: number | null): void {
    const { board, clock } = this.#parts;
    const held = board.healthOf(id);
    if (!held) return;
    if (status === null) held.health.pingFailed(held.agent, clock.now());
    else held.health.pinged(held.agent, status, clock.now());
  }
}
