import { networkInterfaces } from 'node:os';
import { canonicalAddress, isLoopback } from '../kit/ip.ts';
import type { Binding, Endpoint, TransportName } from '../sip/transport/transport.ts';

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** The addresses this edge listens on, and the one it tells others (Via sent-by, Record-Route). */
export class OwnAddresses {
  readonly #hosts: ReadonlySet<string>;
  readonly #endpoints: ReadonlyMap<TransportName, Endpoint>;
  readonly #ports: ReadonlySet<number>;

  constructor(listening: readonly Binding[], advertise: string | null) {
    this.#hosts = new Set([...listening.flatMap(hostsOf), ...(advertise === null ? [] : [advertise.toLowerCase()])]);
    this.#ports = new Set(listening.map((binding) => binding.port));
    this.#endpoints = new Map(
      // The first listener of a transport is the one to be told: a later entry of a Map would win, hence the reverse.
      listening
        .toReversed()
        .map((binding) => [
          binding.transport,
          { address: advertise ?? hostsOf(binding)[0] ?? binding.address, port: binding.port },
        ]),
    );
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
   * The sent-by of a Via. A transport that nothing listens on still has one: its answers come over the connection, and
   * the address says who we are.
   */
  sentBy(transport: TransportName): Endpoint | undefined {
    return this.of(transport) ?? this.of('udp') ?? [...this.#endpoints.values()][0];
  }

  /** What to put into Via and Record-Route for a transport; undefined when nothing listens on it. */
  of(transport: TransportName): Endpoint | undefined {
    return this.#endpoints.get(transport);
  }
}

/** The addresses that a binding answers on; for a wildcard all of the machine's, those others can reach first. */
function hostsOf(binding: Binding): string[] {
  if (!WILDCARDS.has(binding.address)) {
    const address = canonicalAddress(binding.address);
    return isLoopback(address) ? [address, 'localhost'] : [address];
  }
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const addresses = all
    .filter((entry) => binding.address === '::' || entry.family === 'IPv4')
    .map((entry) => canonicalAddress(entry.address));
  return [...addresses.filter((address) => !isLoopback(address)), ...addresses.filter(isLoopback), 'localhost'];
}
