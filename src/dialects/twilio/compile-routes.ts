import type { FailoverRow } from '../../rulebook/failover.ts';
import type { Route, RouteTransport } from '../../rulebook/route.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import { readSipUrl } from './sip-url.ts';

const DEFAULT_PORT = 5060;
const TLS_PORT = 5061;

/** Answers after which the vendor tries no other URL; after any other refusal, and after silence, it does. */
const FINAL = [400, 404, 405, 410, 416, 482, 484, 486];

/** The vendor's failover table; 6xx is final for everybody. */
export const FAILOVER: readonly FailoverRow[] = [
  ...FINAL.map((status) => ({ from: status, to: status, meaning: 'final' as const })),
  { from: 300, to: 599, meaning: 'next' },
];

/** A redirection is followed, one that follows it is not. */
const REDIRECTS = 1;

/** What an origination URL and a target of a connection policy have in common. */
export interface Place {
  readonly url: string;
  readonly priority: number;
  readonly weight: number;
  readonly enabled: boolean;
  readonly rule: RuleReference;
}

/** Where calls are delivered; what is disabled gets none. `secure`: over TLS, whatever the URL says. */
export function compileRoutes(places: readonly Place[], secure: boolean): Route[] {
  return places.flatMap(({ url, priority, weight, enabled, rule }) => {
    const target = enabled ? readSipUrl(url) : undefined;
    if (!target) return [];
    const transport: RouteTransport | null = secure ? 'tls' : target.transport;
    // A name without a port is for DNS to place (RFC 3263 §4.2).
    const port = target.port ?? (target.isAddress ? (transport === 'tls' ? TLS_PORT : DEFAULT_PORT) : null);
    return [{ host: target.host, port, transport, priority, weight, rule, failover: FAILOVER, redirects: REDIRECTS }];
  });
}
