import { AgentNames } from './agents/agent-names.ts';
import { AgentPings, type AgentPingsParts } from './agents/agent-pings.ts';
import type { Health } from './health.ts';
import { Probes } from './probes.ts';

interface RoundsParts extends AgentPingsParts {
  readonly health: Health;
  /** Milliseconds between two probes of one gateway; 0: none. */
  readonly probeInterval: number;
}

/** What the edge asks by itself, again and again: gateways and agents how they are, and names where they lead. */
export class Rounds {
  readonly #probes: Probes | null;
  readonly #pings: AgentPings;
  readonly #names: AgentNames;

  constructor(parts: RoundsParts) {
    const { probeInterval: interval, rulebook } = parts;
    this.#pings = new AgentPings(parts);
    this.#pings.start();
    this.#names = new AgentNames(parts);
    this.#names.start();
    this.#probes = interval > 0 ? new Probes({ ...parts, routes: rulebook.carriers, interval }) : null;
    this.#probes?.start();
  }

  /** Looks the names of agents up now. */
  async lookUpNames(): Promise<void> {
    await this.#names.look();
  }

  stop(): void {
    this.#probes?.stop();
    this.#pings.stop();
    this.#names.stop();
  }
}
