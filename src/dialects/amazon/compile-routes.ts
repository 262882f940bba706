import type { Route, RouteTransport } from '../../rulebook/route.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import type { OriginationRoute } from './schemas.ts';

/** RFC 3261 §19.1.2. */
const PORT = 5060;
const TLS_PORT = 5061;
/** A route that does not say is tried with the first and takes an equal share. */
const DEFAULT_PRIORITY = 1;
const DEFAULT_WEIGHT = 1;

/**
 * Where calls are delivered. TLS follows from the connector's RequireEncryption, whatever the route's Protocol;
 * a route without a host leads nowhere and is left out.
 */
export function compileRoutes(
  routes: readonly OriginationRoute[],
  encrypted: boolean,
  rule: (field: string) => RuleReference,
): Route[] {
  return routes.flatMap((route, index) => {
    if (route.Host === undefined) return [];
    return {
      host: route.Host.replace(/^\[(.*)\]$/, '$1'),
      // Port 0 is legal in the model and names no port.
      port: route.Port || (encrypted ? TLS_PORT : PORT),
      transport: transportOf(route, encrypted),
      priority: route.Priority ?? DEFAULT_PRIORITY,
      weight: route.Weight ?? DEFAULT_WEIGHT,
      rule: rule(`Origination.Routes[${index}]`),
    };
  });
}

function transportOf({ Protocol }: OriginationRoute, encrypted: boolean): RouteTransport {
  if (encrypted) return 'tls';
  return Protocol === 'TCP' ? 'tcp' : 'udp';
}
