import type { FailoverRow } from './failover.ts';
import type { RuleReference } from './rule.ts';

export type RouteTransport = 'udp' | 'tcp' | 'tls';

/** One place to deliver a call to. */
export interface Route {
  /** Host name or address; IPv6 without brackets. */
  readonly host: string;
  /** Null: where the domain's SRV records say (RFC 3263 §4.2). */
  readonly port: number | null;
  /** Null: what the domain offers (RFC 3263 §4.1). */
  readonly transport: RouteTransport | null;
  /** Lowest first. */
  readonly priority: number;
  /** Share among routes of the same priority (RFC 2782). */
  readonly weight: number;
  readonly rule: RuleReference;
  /** What answers from here mean, where that differs from the common table. */
  readonly failover?: readonly FailoverRow[];
  /** How often a call is sent on to the place that a 302 names (RFC 3261 §21.3.3); never, when absent. */
  readonly redirects?: number;
  /** The telephone network that is built in: it lives and dies with the gate, so nobody asks for its health. */
  readonly builtIn?: boolean;
}
