import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { canonicalAddress, isLoopback } from '../kit/ip.ts';
import { memoized } from '../kit/memo.ts';
import type { Binding, Endpoint, TransportName, WebSocketBinding } from '../sip/transport/transport.ts';

/** Peers for which it is remembered what they reach us by. */
const MOST_REMEMBERED = 1000;

/** A listener, ours or that of a server of HTTP that hands WebSockets to us. */
type Listener = Binding | WebSocketBinding;

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** A listener, and what others are told to reach it by. */
interface Told {
  readonly transport: TransportName;
  readonly ipv6: boolean;
  readonly loopback: boolean;
  readonly endpoint: Endpoint;
  /** As it was bound. */
  readonly bound: Endpoint;
}

/** The addresses this edge listens on, and the ones it tells others (Via sent-by, Record-Route). */
export class OwnAddresses {
  readonly #advertise: string | null;
  readonly #hosts: Set<string>;
  #told: Told[] = [];
  readonly #ports = new Set<number>();
  /** Made anew when listeners come. */
  #choices = this.#remembered();
  #first: Endpoint | undefined;

  constructor(listening: readonly Listener[], advertise: string | null) {
    this.#advertise = advertise;
    this.#hosts = new Set(advertise === null ? [] : [canonicalAddress(advertise)]);
    this.add(listening);
  }

  /** Listeners that came later. */
  add(listening: readonly Listener[]): void {
    for (const binding of listening) {
      for (const host of hostsOf(binding)) this.#hosts.add(host);
      this.#ports.add(binding.port);
      this.#told.push(toldOf(binding, this.#advertise));
    }
    this.#changed();
  }

  /** A listener that was closed: it is told to nobody any more, and still known in what was sent before. */
  remove({ transport, address, port }: Listener): void {
    this.#told = this.#told.filter((told) => !(told.transport === transport && isAt(told.bound, { address, port })));
    this.#changed();
  }

  /** Whether the host is one of ours, whatever the port. */
  isOwnHost(host: string): boolean {
    return this.#hosts.has(canonicalAddress(host));
  }

  /** Whether host and port are a listener of ours. */
  isOwn(host: string, port: number): boolean {
    return this.#ports.has(port) && this.isOwnHost(host);
  }

  /**
   * What to put into Via and Record-Route for a transport, as the peer at address `remote` can reach it: the listener
   * `local` that it is spoken to by, if it is one; of its address family and its side of the loopback where we
   * listen there. Undefined when nothing listens on the transport.
   */
  of(transport: TransportName, remote?: string, local?: Endpoint): Endpoint | undefined {
    const used = local && this.#told.find((told) => told.transport === transport && isAt(told.bound, local));
    return used ? used.endpoint : this.#choices(`${transport} ${remote ?? ''}`).endpoint;
  }

  #remembered(): (text: string) => { readonly endpoint: Endpoint | undefined } {
    return memoized((text) => this.#choose(text), { most: MOST_REMEMBERED, longest: 64 });
  }

  /** Chooses for `transport address`. */
  #choose(text: string): { readonly endpoint: Endpoint | undefined } {
    const [transport, address = ''] = text.split(' ');
    const remote = address === '' ? undefined : address;
    const own = this.#told.filter((told) => told.transport === transport);
    const family = remote === undefined ? own : own.filter(({ ipv6 }) => ipv6 === isIPv6(remote));
    const near = family.find(({ loopback }) => remote !== undefined && loopback === isLoopback(remote));
    return { endpoint: (near ?? family[0] ?? own[0])?.endpoint };
  }

  /** The address to be known by where no transport is asked for: that of the first listener, UDP before others. */
  get first(): Endpoint | undefined {
    return this.#first;
  }

  /** Listeners came or went. */
  #changed(): void {
    this.#choices = this.#remembered();
    this.#first = this.of('udp') ?? this.#told[0]?.endpoint;
  }
}

function isAt(endpoint: Endpoint, { address, port }: Endpoint): boolean {
  return endpoint.address === address && endpoint.port === port;
}

function toldOf(binding: Listener, advertise: string | null): Told {
  const { transport, address, port } = binding;
  const ipv6 = isIPv6(address);
  // An advertised address says nothing to peers of the other family; a name may have both.
  const fits = advertise !== null && (isIP(advertise) === 0 || isIPv6(advertise) === ipv6);
  const host = fits ? advertise : (hostsOf(binding)[0] ?? address);
  return {
    transport,
    ipv6,
    loopback: isLoopback(address),
    endpoint: { address: host, port },
    bound: { address, port },
  };
}

/** The addresses that a binding answers on; for a wildcard all of the machine's, those others can reach first. */
function hostsOf(binding: Listener): string[] {
  if (!WILDCARDS.has(binding.address)) {
    const address = canonicalAddress(binding.address);
    return isLoopback(address) ? [address, 'localhost'] : [address];
  }
  const family = isIPv6(binding.address) ? 'IPv6' : 'IPv4';
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => entry.family === family)
    // A link-local address means nothing without the name of a link.
    .toSorted((a, b) => Number(isLinkLocal(a.address)) - Number(isLinkLocal(b.address)))
    .map((entry) => canonicalAddress(entry.address));
  return [...addresses.filter((address) => !isLoopback(address)), ...addresses.filter(isLoopback), 'localhost'];
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
