import type { Clock, Timer } from '../../kit/clock.ts';
import { canonicalAddress } from '../../kit/ip.ts';
import type { Agent } from '../../rulebook/agent.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import type { Outbound } from '../outbound.ts';

/** Milliseconds between two looks; what is asked within a record's time to live is answered from memory. */
const PACE = 10_000;

/** Names that are looked up at the same time. */
const MOST_AT_ONCE = 50;

/** Where only an address is asked for, any port will do. */
const ANY_PORT = 5060;

interface AgentNamesParts {
  readonly rulebook: Rulebook;
  readonly outbound: Outbound;
  readonly clock: Clock;
}

/** Keeps the rulebook told of the addresses that agents known only by name call from. */
export class AgentNames {
  readonly #parts: AgentNamesParts;
  /** What was found last, by the agents' ids; a name that cannot be looked up for a while keeps its addresses. */
  #found = new Map<string, readonly string[]>();
  #timer: Timer | null = null;
  #looking = false;

  constructor(parts: AgentNamesParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.clock.after(PACE, () => {
      void this.look();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Looks up the names of all agents that have no address of their own. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const agents = this.#parts.rulebook.borders.flatMap((border) => border.agents).filter(({ named }) => named);
    const found = new Map<string, readonly string[]>();
    for (let first = 0; first < agents.length; first += MOST_AT_ONCE)
      await Promise.all(
        agents
          .slice(first, first + MOST_AT_ONCE)
          .map(async (agent) => found.set(agent.id, await this.#addressesOf(agent))),
      );
    this.#looking = false;
    if (JSON.stringify([...found]) === JSON.stringify([...this.#found])) return;
    this.#found = found;
    this.#parts.rulebook.learnAddresses(found);
  }

  async #addressesOf({ id, host, port, transports }: Agent): Promise<readonly string[]> {
    try {
      const target = { host, port: port ?? ANY_PORT, transport: transports[0] ?? 'udp' };
      const destinations = await this.#parts.outbound.locate(target);
      return [...new Set(destinations.map(({ address }) => canonicalAddress(address)))].toSorted();
    } catch {
      return this.#found.get(id) ?? [];
    }
  }
}
