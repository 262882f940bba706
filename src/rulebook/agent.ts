import type { FailoverRow } from './failover.ts';
import type { RouteTransport } from './route.ts';
import type { RuleReference } from './rule.ts';

/** A peer that calls come from and go to, known by name. */
export interface Agent {
  /** Unique over all dialects. */
  readonly id: string;
  readonly name: string;
  /** The trunk whose network it is in; null: any. */
  readonly trunk: string | null;
  /** The trunk whose network calls to it leave by, where it is another. */
  readonly egress: string | null;
  /** Host name or address to send to; IPv6 without brackets. */
  readonly host: string;
  /** Null: calls only come from it. */
  readonly port: number | null;
  /** Tried in this order. */
  readonly transports: readonly RouteTransport[];
  /** Canonical IP addresses that it calls from. */
  readonly addresses: readonly string[];
  /** Whether it also calls from whatever addresses its host name has at the time. */
  readonly named: boolean;
  readonly enabled: boolean;
  /** Whether policies may choose it. */
  readonly reachable: boolean;
  readonly limits: Limits | null;
  /** What its challenges are answered with, by their realms. Passwords are secrets. */
  readonly credentials: readonly { readonly realm: string; readonly username: string; readonly password: string }[];
  /** Seconds that its calls may last, null: as long as any; absent: what its network says. */
  readonly longestSeconds?: number | null;
  readonly ping: Ping | null;
  readonly health: HealthTerms;
  /** What its final answers mean, before those of the caller's network. */
  readonly recursion: readonly FailoverRow[];
  /** What says whether it is enabled, whether policies may choose it, and where it takes calls. */
  readonly rules: { readonly enabled: RuleReference; readonly reachable: RuleReference; readonly port: RuleReference };
}

/** Codes and ranges of them, first and last included. */
export type Statuses = readonly { readonly from: number; readonly to: number }[];

/** How an agent is asked whether it lives. */
export interface Ping {
  /** Begins no session and no dialog. */
  readonly method: string;
  /** Its Max-Forwards. */
  readonly hops: number;
  readonly seconds: number;
  /** Only when nothing came from it since the last one. */
  readonly onlyIdle: boolean;
  /** Answers that say it is well, besides 200; empty: all but those that say it is not. */
  readonly healthy: Statuses;
  readonly fromUser: string;
  readonly toUser: string;
}

/** What puts an agent out of service, and back. */
export interface HealthTerms {
  /** Answers that put it out; empty: 408 and 503 to a ping. */
  readonly outCodes: Statuses;
  /** Calls in a row that it left unanswered; 0: never for that. */
  readonly timeouts: number;
  /** Seconds after which one that did not answer is tried again; 0: when it answers a ping, or calls. */
  readonly resumeSeconds: number;
  /** Seconds that it must answer before it is used again. */
  readonly inServiceSeconds: number;
}

/** The most that may go through an agent or a network; 0: any. */
export interface Limits {
  /** Under which the calls are counted. */
  readonly counter: string;
  readonly sessions: ByDirection;
  /** New calls in a second on average over `seconds`; not looked at while that is 0. */
  readonly burst: ByDirection & { readonly seconds: number };
  readonly sustained: ByDirection & { readonly seconds: number };
  /** Least percentage of answered calls, once there were so many. */
  readonly answers: { readonly percent: number; readonly seizures: number };
  /** Seconds to wait after a limit was exceeded and is kept again. */
  readonly resumeSeconds: number;
  readonly rule: RuleReference;
}

export interface ByDirection {
  readonly all: number;
  readonly inbound: number;
  readonly outbound: number;
}

export type Strategy = 'hunt' | 'round-robin' | 'least-busy' | 'proportional' | 'lowest-rate';

/** Agents that share calls. */
export interface AgentGroup {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly strategy: Strategy;
  /** Ids of agents, or of other groups, in their order. */
  readonly members: readonly string[];
  /** Whether the next member is tried when one fails. */
  readonly recursion: boolean;
  /** Answers after which no further member is tried. */
  readonly stop: Statuses;
  readonly rule: RuleReference;
}

/** How an agent or a network is at the moment, as the edge counted it. */
export interface Load {
  /** Why it takes no calls, in words; null: it does. */
  readonly out: string | null;
  readonly sessions: ByDirection;
  /** New calls within the windows of its limits. */
  readonly burst: ByDirection;
  readonly sustained: ByDirection;
}

/** What the edge knows of agents and networks. It must tell the same throughout one decision. */
export interface Loads {
  /** By `Limits.counter` or `Agent.id`. */
  of(id: string): Load;
  /** How many calls a group has been given. */
  turns(group: string): number;
}

const NONE: ByDirection = { all: 0, inbound: 0, outbound: 0 };

/** Nothing is known: everything is in service and has no calls. */
export const IDLE: Loads = {
  of: () => ({ out: null, sessions: NONE, burst: NONE, sustained: NONE }),
  turns: () => 0,
};

/** A limit that has no room for one more call. */
export interface Reached {
  readonly kind: 'sessions' | 'rate';
  /** In words. */
  readonly detail: string;
}

/** The limit that one more call in this direction would exceed; undefined: there is room. */
export function limitReached(limits: Limits, load: Load, direction: 'inbound' | 'outbound'): Reached | undefined {
  const { sessions, burst, sustained } = limits;
  return (
    overSessions(sessions, load.sessions, direction) ??
    overRate('burst', burst, load.burst, direction) ??
    overRate('sustained', sustained, load.sustained, direction)
  );
}

function overSessions(limit: ByDirection, used: ByDirection, direction: 'inbound' | 'outbound'): Reached | undefined {
  for (const which of ['all', direction] as const) {
    const name = which === 'all' ? 'sessions' : `${which} sessions`;
    if (limit[which] > 0 && used[which] >= limit[which])
      return { kind: 'sessions', detail: `${used[which]} of ${limit[which]} ${name} are up` };
  }
  return undefined;
}

function overRate(
  name: string,
  limit: ByDirection & { seconds: number },
  used: ByDirection,
  direction: 'inbound' | 'outbound',
): Reached | undefined {
  const { seconds } = limit;
  if (seconds === 0) return undefined;
  for (const which of ['all', direction] as const) {
    if (limit[which] > 0 && used[which] >= limit[which] * seconds)
      return {
        kind: 'rate',
        detail: `${used[which]} calls began in ${seconds} s, above the ${name} rate of ${limit[which]} a second`,
      };
  }
  return undefined;
}

/** Whether a status is among the codes. */
export function isAmong(statuses: Statuses, status: number): boolean {
  return statuses.some(({ from, to }) => from <= status && status <= to);
}
