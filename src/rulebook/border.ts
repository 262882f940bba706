import { hostPort } from '../kit/ip.ts';
import type { Agent, AgentGroup } from './agent.ts';
import type { Policy } from './policy.ts';
import type { RouteTransport } from './route.ts';
import type { RuleReference } from './rule.ts';
import type { Trunk } from './trunk.ts';

/**
 * What stands between networks: listeners that say which network a request comes from, and policies that say where its
 * calls go. It is activated as one, so it is compiled and replaced as one.
 */
export interface Border {
  /** Unique over all dialects. */
  readonly id: string;
  /** One for each network; each has `realm`. */
  readonly trunks: readonly Trunk[];
  readonly listeners: readonly Listener[];
  readonly agents: readonly Agent[];
  readonly groups: readonly AgentGroup[];
  readonly policies: readonly Policy[];
}

/** Where requests of one network come in. */
export interface Listener {
  readonly transport: RouteTransport;
  /** An IP address. */
  readonly address: string;
  readonly port: number;
  /** Whose network it is. */
  readonly trunk: string;
  /** Who may ask for calls here, besides agents. */
  readonly callers: 'anybody' | 'prefix' | 'registered' | 'nobody';
  /** Who may register through here, besides agents. */
  readonly registrants: 'anybody' | 'prefix' | 'nobody';
  /** What TLS is served with; null: what the gate has. A secret: the key is in it. */
  readonly tls: ListenerTls | null;
  readonly rule: RuleReference;
}

/** PEM. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates that clients must show; null: none is asked for. */
  readonly clientCa: string | null;
}

/** `udp:192.0.2.1:5060`: how listeners are known to attempts. */
export function listenerKey({
  transport,
  address,
  port,
}: Pick<Listener, 'address' | 'port'> & { transport: string }): string {
  return `${transport}:${hostPort(address, port)}`;
}
