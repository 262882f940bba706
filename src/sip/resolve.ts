import { isIP } from 'node:net';
import { systemClock, type Clock } from '../kit/clock.ts';
import { orderByPriorityAndWeight } from '../kit/order.ts';
import { AnswerCache } from './resolve-cache.ts';
import { systemNameServer, type Found, type NameServer, type NaptrRecord } from './resolve-dns.ts';
import type { Endpoint, SocketTransport, TransportName } from './transport/transport.ts';
import type { SipUri } from './uri.ts';

/** Addresses that one target can have; more are left out. */
const MOST_DESTINATIONS = 10;

/** Where to send a request: a host, its port, and how. */
export interface Hop {
  readonly host: string;
  readonly port: number;
  readonly transport: SocketTransport;
}

/** A place as it was named; what is null is for DNS to say, or else the default of RFC 3261 §19.1.2. */
export interface SipTarget {
  readonly host: string;
  readonly port: number | null;
  readonly transport: TransportName | null;
}

/** A place that can be sent to. */
export interface Destination extends Endpoint {
  readonly transport: TransportName;
  /** The name it was found by, which its certificate must carry (RFC 5922 §7.3). */
  readonly name: string;
}

/** What a URI names (RFC 3263 §4); undefined for what cannot be sent to: no SIP URI, or one for WebSockets only. */
export function targetOf(uri: SipUri): (SipTarget & { readonly transport: SocketTransport | null }) | undefined {
  if ((uri.scheme !== 'sip' && uri.scheme !== 'sips') || uri.host === '') return undefined;
  const host = uri.params.get('maddr') ?? uri.host;
  const given = uri.scheme === 'sips' ? 'tls' : uri.params.get('transport')?.toLowerCase();
  if (given !== undefined && given !== 'udp' && given !== 'tcp' && given !== 'tls') return undefined;
  // §4.1: a number, or a port, means UDP unless something else is said.
  const transport = given ?? (isIP(host) !== 0 || uri.port !== undefined ? 'udp' : null);
  return { host, port: uri.port ?? null, transport };
}

/** The next hop that a URI names, without asking DNS for its services (RFC 3263 §4.1, §4.2). */
export function hopOf(uri: SipUri): Hop | undefined {
  const target = targetOf(uri);
  if (!target) return undefined;
  const transport = target.transport ?? 'udp';
  return { host: target.host, port: target.port ?? defaultPort(transport), transport };
}

/** The host and port that a URI names, by whatever transport it says, WebSocket included: to know our own again. */
export function placeOf(uri: SipUri): { readonly host: string; readonly port: number } | undefined {
  if ((uri.scheme !== 'sip' && uri.scheme !== 'sips') || uri.host === '') return undefined;
  const named = uri.params.get('transport')?.toLowerCase();
  const web = named === 'ws' || named === 'wss';
  const secure = uri.scheme === 'sips' || named === 'tls' || named === 'wss';
  const standard = web ? (secure ? 443 : 80) : secure ? 5061 : 5060;
  return { host: uri.params.get('maddr') ?? uri.host, port: uri.port ?? standard };
}

interface ResolverOptions {
  readonly clock?: Clock;
  readonly names?: NameServer;
  /** A number in [0, 1), for weights. */
  readonly dice?: () => number;
  /** Address families that can be sent to, preferred first. */
  readonly families?: readonly (4 | 6)[];
}

/** Finds the servers of a target (RFC 3263), off the path of calls to addresses. */
export class Resolver {
  readonly #names: NameServer;
  readonly #cache: AnswerCache;
  readonly #dice: () => number;
  readonly #families: readonly (4 | 6)[];

  constructor({ clock = systemClock, names, dice = Math.random, families = [4, 6] }: ResolverOptions = {}) {
    this.#names = names ?? systemNameServer();
    this.#cache = new AnswerCache(clock);
    this.#dice = dice;
    this.#families = families;
  }

  /** Where a target can be reached, best first and at least one; at once for an address. Rejects when there is nothing. */
  locate(target: SipTarget): Destination[] | Promise<Destination[]> {
    const { host, port, transport } = target;
    if (isIP(host) === 0) return this.#locateName(target);
    const chosen = transport ?? 'udp';
    return [{ transport: chosen, address: host, port: port ?? defaultPort(chosen), name: host }];
  }

  async #locateName(target: SipTarget): Promise<Destination[]> {
    const { host, port, transport } = target;
    const services = port === null ? await this.#services(host, transport) : [];
    const found = await Promise.all(services.map((service) => this.#serversOf(service, host)));
    const published = found.filter((servers) => servers !== null);
    // A domain that says where its service is, or that it has none, means it: its own address will not do then.
    const destinations = published.length > 0 ? published.flat() : await this.#atDefault(target);
    if (destinations.length === 0) throw new Error(`${host} has no address`);
    return destinations.slice(0, MOST_DESTINATIONS);
  }

  /** §4.1: the transports that the domain offers by NAPTR; without them those that may have SRV records. */
  async #services(host: string, transport: TransportName | null): Promise<Service[]> {
    // RFC 6761 §6.3: nobody else knows where this is.
    if (isLocalName(host)) return [];
    if (transport) return [{ transport, name: srvName(host, transport) }];
    const records = await this.#ask(`NAPTR ${host}`, () => this.#names.naptr(host));
    const offered = records
      .toSorted((a, b) => a.order - b.order || a.preference - b.preference)
      .flatMap((record) => serviceOf(record) ?? []);
    if (offered.length > 0) return offered;
    return (['udp', 'tcp'] as const).map((each) => ({ transport: each, name: srvName(host, each) }));
  }

  /** §4.2, RFC 2782: the servers of a service in the order of their priority, drawn by weight for each call anew; null without records. */
  async #serversOf({ transport, name }: Service, host: string): Promise<Destination[] | null> {
    const records = await this.#ask(`SRV ${name}`, () => this.#names.srv(name));
    if (records.length === 0) return null;
    const ordered = orderByPriorityAndWeight(records, this.#dice());
    // A lone "." says that the service is decidedly not there.
    const servers = ordered.filter((record) => record.name !== '.' && record.name !== '').slice(0, MOST_DESTINATIONS);
    const found = await Promise.all(
      servers.map(async (server) => {
        const addresses = await this.#addresses(server.name);
        return addresses.map((address) => ({ transport, address, port: server.port, name: host }));
      }),
    );
    return found.flat();
  }

  /** §4.2: without SRV records the host's own addresses, at the port given or the default one. */
  async #atDefault({ host, port, transport }: SipTarget): Promise<Destination[]> {
    const chosen = transport ?? 'udp';
    const addresses = await this.#addresses(host);
    return addresses.map((address) => ({
      transport: chosen,
      address,
      port: port ?? defaultPort(chosen),
      name: host,
    }));
  }

  async #addresses(host: string): Promise<string[]> {
    if (isIP(host) !== 0) return [host];
    if (isLocalName(host)) return this.#local('localhost');
    const asked = await Promise.all(
      this.#families.map((family) => this.#ask(`${family} ${host}`, () => this.#names.addresses(host, family))),
    );
    return asked.flat().length > 0 ? asked.flat() : this.#local(host);
  }

  async #local(host: string): Promise<string[]> {
    const local = await this.#ask(`local ${host}`, () => this.#names.local(host));
    return local.filter((address) => this.#families.includes(isIP(address) as 4 | 6));
  }

  /** A question that cannot be answered is as good as "none": what is found without it may still do. */
  async #ask<Kind>(question: string, ask: () => Promise<Found<Kind>>): Promise<readonly Kind[]> {
    try {
      return await this.#cache.get(question.toLowerCase(), ask);
    } catch {
      return [];
    }
  }
}

/** RFC 6761 §6.3: `localhost` and all below it is this machine, whatever DNS says. */
function isLocalName(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(host);
}

/** A transport that a domain offers, and the name of its SRV records. */
interface Service {
  readonly transport: TransportName;
  readonly name: string;
}

const NAPTR_SERVICES: ReadonlyMap<string, TransportName> = new Map([
  ['sip+d2u', 'udp'],
  ['sip+d2t', 'tcp'],
  ['sips+d2t', 'tls'],
]);

function serviceOf({ flags, service, regexp, replacement }: NaptrRecord): Service | undefined {
  const transport = NAPTR_SERVICES.get(service.toLowerCase());
  const usable = flags.toLowerCase() === 's' && regexp === '' && replacement !== '';
  return transport && usable ? { transport, name: replacement } : undefined;
}

/** RFC 3263 §4.1. */
function srvName(host: string, transport: TransportName): string {
  if (transport === 'tls') return `_sips._tcp.${host}`;
  return `_sip._${transport}.${host}`;
}

function defaultPort(transport: TransportName): number {
  return transport === 'tls' ? 5061 : 5060;
}
