import type { RuleReference } from './rule.ts';

export type RouteTransport = 'udp' | 'tcp' | 'tls';

/** One place to deliver a call to. */
export interface Route {
  /** Host name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: RouteTransport;
  /** Lowest first. */
  readonly priority: number;
  /** Share among routes of the same priority (RFC 2782). */
  readonly weight: number;
  readonly rule: RuleReference;
}
