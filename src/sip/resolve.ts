import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { TransportName } from './transport/transport.ts';
import type { SipUri } from './uri.ts';

/** Milliseconds that a name's addresses are kept. */
const KEEP = 30_000;

/** Names kept; beyond this the oldest is forgotten. */
const MOST_NAMES = 1000;

/** Where to send a request: a host, its port, and how. */
export interface Hop {
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
}

/** The next hop that a URI names (RFC 3263 §4.1, §4.2 without DNS records); undefined for what is no SIP URI here. */
export function hopOf(uri: SipUri): Hop | undefined {
  if ((uri.scheme !== 'sip' && uri.scheme !== 'sips') || uri.host === '') return undefined;
  const transport = uri.scheme === 'sips' ? 'tls' : (uri.params.get('transport') ?? 'udp').toLowerCase();
  if (transport !== 'udp' && transport !== 'tcp' && transport !== 'tls') return undefined;
  return {
    host: uri.params.get('maddr') ?? uri.host,
    port: uri.port ?? (transport === 'tls' ? 5061 : 5060),
    transport,
  };
}

/** Turns host names into addresses, off the path of calls to addresses. */
export class Resolver {
  readonly #known = new Map<string, { addresses: string[]; until: number }>();

  /** The addresses of a host, best first; at once for an address. Rejects when there are none. */
  resolve(host: string): string[] | Promise<string[]> {
    if (isIP(host)) return [host];
    const known = this.#known.get(host);
    return known && known.until > Date.now() ? known.addresses : this.#lookUp(host);
  }

  async #lookUp(host: string): Promise<string[]> {
    const found = await lookup(host, { all: true, order: 'ipv4first' });
    const addresses = found.map((entry) => entry.address);
    if (this.#known.size >= MOST_NAMES) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(host, { addresses, until: Date.now() + KEEP });
    return addresses;
  }
}
