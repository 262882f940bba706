import { canonicalAddress, isLoopback } from '../kit/ip.ts';
import type { Route } from '../rulebook/route.ts';
import { targetOf } from '../sip/resolve.ts';
import type { Endpoint } from '../sip/transport/transport.ts';
import { parseUri } from '../sip/uri.ts';
import type { Origin } from './asked.ts';

/**
 * The configured carriers as routes, in their order; `exchange` is where the built-in one listens.
 * Throws for a URI that names no place.
 */
export function carrierRoutes(
  carriers: readonly ({ readonly exchange: true } | { readonly uri: string })[],
  exchange: Endpoint | null,
): Route[] {
  return carriers.flatMap((carrier, index): Route[] => {
    const common = { priority: index + 1, weight: 1, rule: { resource: 'Tollgate', field: 'carriers' } };
    if ('exchange' in carrier)
      return exchange
        ? [{ host: exchange.address, port: exchange.port, transport: 'udp', builtIn: true, ...common }]
        : [];
    const uri = parseUri(carrier.uri);
    const target = uri && targetOf(uri);
    if (!target) throw new Error(`carriers: cannot deliver calls to ${carrier.uri}`);
    return [{ ...target, ...common }];
  });
}

/** The senders that speak for the telephone network: our carriers. */
export class CarrierList {
  /** The ports of each address; null where that does not matter. */
  readonly #senders = new Map<string, Set<number> | null>();

  /** Adds a carrier by its address. Loopback is shared by everything on the machine, so there the port counts too. */
  add(address: string, port: number): void {
    const canonical = canonicalAddress(address);
    const ports = isLoopback(address) ? (this.#senders.get(canonical) ?? new Set()).add(port) : null;
    this.#senders.set(canonical, ports);
  }

  includes({ address, port }: Pick<Origin, 'address' | 'port'>): boolean {
    const ports = this.#senders.get(canonicalAddress(address));
    return ports === null || (ports?.has(port) ?? false);
  }
}
