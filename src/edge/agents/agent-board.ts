import type { Clock } from '../../kit/clock.ts';
import {
  limitReached,
  type Agent,
  type ByDirection,
  type Limits,
  type Load,
  type Loads,
} from '../../rulebook/agent.ts';
import type { Decision } from '../../rulebook/decide/decision.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import { AgentHealth } from './agent-health.ts';
import { WindowCount } from './window-count.ts';

/** Seconds over which new calls are counted where an agent says nothing of it. */
const RATE_WINDOW = 30;

type Direction = 'inbound' | 'outbound';

/** What is held of one agent, or of a network with limits. */
interface Held {
  /** Of the limits that the windows were made for. */
  readonly windows: string;
  readonly burst: Record<Direction, WindowCount>;
  readonly sustained: Record<Direction, WindowCount>;
  readonly health: AgentHealth;
  /** It would have been given more than a limit allows, and that is not over. */
  exceeded: boolean;
  /** Since when the limit is kept again. */
  keptSince: number | null;
  /** Calls that were tried at it and ended, and those that it answered. */
  seizures: number;
  answers: number;
}

/** How an agent is, for people. */
export interface AgentReport {
  readonly agent: string;
  readonly name: string;
  /** Whether calls are given to it. */
  readonly state: 'in' | 'out';
  readonly why: string | null;
  readonly sessions: ByDirection;
}

/** How agents and networks at the border are: calls up, calls begun, limits exceeded, in service or not. */
export class AgentBoard implements Loads {
  readonly #rulebook: Rulebook;
  readonly #clock: Clock;
  /** Calls that are counted under a key now. */
  readonly #sessions: (key: string) => number;
  /** No more than there are agents and networks: what is not provisioned any more is forgotten by `prune`. */
  readonly #held = new Map<string, Held>();
  readonly #turns = new Map<string, number>();

  constructor(parts: { rulebook: Rulebook; clock: Clock; sessions: (key: string) => number }) {
    this.#rulebook = parts.rulebook;
    this.#clock = parts.clock;
    this.#sessions = parts.sessions;
  }

  of(id: string): Load {
    const now = this.#clock.now();
    const held = this.#of(id);
    const load = this.#count(id, held, now);
    const limits = this.#rulebook.limits(id);
    const out = held.health.out(now) ?? (limits ? this.#waits(held, limits, load, now) : null);
    return { ...load, out };
  }

  turns(group: string): number {
    return this.#turns.get(group) ?? 0;
  }

  /** A call was judged: what it exceeded is noted, and an admitted one is counted where it came in. */
  judged({ verdict, exceeded = [], counters = [], groups = [] }: Decision): void {
    for (const id of exceeded) {
      const held = this.#of(id);
      held.exceeded = true;
      held.keptSince = null;
    }
    if (verdict !== 'admit') return;
    for (const id of counters) this.#begun(id, 'inbound');
    for (const group of groups) this.#turns.set(group, this.turns(group) + 1);
  }

  /** A call is about to be tried under these counters. */
  tried(counters: readonly string[]): void {
    for (const id of counters) this.#begun(id, 'outbound');
  }

  /** A try at an agent came to its end. */
  ended(id: string, answered: boolean): void {
    const limits = this.#rulebook.limits(id);
    const held = this.#of(id);
    held.seizures += 1;
    if (answered) held.answers += 1;
    const { percent = 0, seizures = 1 } = limits?.answers ?? {};
    if (percent === 0 || held.seizures < seizures || (held.answers / held.seizures) * 100 >= percent) return;
    held.exceeded = true;
    held.keptSince = this.#clock.now();
    held.seizures = 0;
    held.answers = 0;
  }

  /** A call ended that was counted under these keys: limits may be kept again from now on. */
  freed(keys: readonly string[]): void {
    for (const key of keys) {
      const id = key.slice(key.indexOf(' ') + 1);
      if (this.#held.get(id)?.exceeded) this.of(id);
    }
  }

  /** The health of an agent, to be told what is seen of it; undefined for one that is not there. */
  healthOf(id: string): { agent: Agent; health: AgentHealth } | undefined {
    const agent = this.#rulebook.agent(id);
    return agent && { agent, health: this.#of(id).health };
  }

  /** Every agent, for people. */
  report(): AgentReport[] {
    const agents = this.#rulebook.borders.flatMap((border) => border.agents);
    return agents.map(({ id, name, enabled, limits }) => {
      const load = this.of(id);
      const full = limits ? limitReached(limits, load, 'outbound') : undefined;
      const why = enabled ? (load.out ?? full?.detail ?? null) : 'it is disabled';
      return { agent: id, name, state: why === null ? 'in' : 'out', why, sessions: load.sessions };
    });
  }

  /** Forgets what is not provisioned any more. */
  prune(): void {
    for (const id of this.#held.keys())
      if (!this.#rulebook.agent(id) && !this.#rulebook.limits(id)) this.#held.delete(id);
    for (const id of this.#turns.keys()) if (!this.#rulebook.agentGroup(id)) this.#turns.delete(id);
  }

  #begun(id: string, direction: Direction): void {
    const now = this.#clock.now();
    const held = this.#of(id);
    held.burst[direction].add(now);
    held.sustained[direction].add(now);
  }

  /** Why nothing more is given to what exceeded a limit and has to wait; null when that is over. */
  #waits(held: Held, limits: Limits, load: Load, now: number): string | null {
    if (!held.exceeded) return null;
    const over = limitReached(limits, load, 'outbound') ?? limitReached(limits, load, 'inbound');
    if (over !== undefined) {
      held.keptSince = null;
      return null;
    }
    held.keptSince ??= now;
    if (now - held.keptSince < limits.resumeSeconds * 1000)
      return `a limit was exceeded, and ${limits.resumeSeconds} s have not passed since it is kept`;
    held.exceeded = false;
    return null;
  }

  #count(id: string, { burst, sustained }: Held, now: number): Load {
    return {
      out: null,
      sessions: sum(this.#sessions(inbound(id)), this.#sessions(outbound(id))),
      burst: sum(burst.inbound.count(now), burst.outbound.count(now)),
      sustained: sum(sustained.inbound.count(now), sustained.outbound.count(now)),
    };
  }

  #of(id: string): Held {
    const limits = this.#rulebook.limits(id);
    const burst = limits?.burst.seconds || RATE_WINDOW;
    const sustained = limits?.sustained.seconds || RATE_WINDOW;
    const windows = `${burst} ${sustained}`;
    const known = this.#held.get(id);
    if (known?.windows === windows) return known;
    const count = (seconds: number): Record<Direction, WindowCount> => ({
      inbound: new WindowCount(seconds),
      outbound: new WindowCount(seconds),
    });
    const fresh = { exceeded: false, keptSince: null, seizures: 0, answers: 0, health: new AgentHealth() };
    const held: Held = { ...fresh, ...known, windows, burst: count(burst), sustained: count(sustained) };
    this.#held.set(id, held);
    return held;
  }
}

/** The key under which calls that came from there are counted. */
export function inbound(id: string): string {
  return `in ${id}`;
}

/** Likewise of calls that went there. */
export function outbound(id: string): string {
  return `out ${id}`;
}

export function isOutbound(key: string): boolean {
  return key.startsWith('out ');
}

function sum(came: number, went: number): ByDirection {
  return { all: came + went, inbound: came, outbound: went };
}
