import { isIP, isIPv6 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Timer } from '../kit/clock.ts';
import { listenerKey, type Listener } from '../rulebook/border.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Destination } from '../sip/resolve.ts';
import type { Binding } from '../sip/transport/transport.ts';
import type { Transports } from '../sip/transport/transports.ts';
import type { OwnAddresses } from './addresses.ts';

/** Milliseconds after which a listener that could not be opened is tried again. */
const TRY_AGAIN = 5000;

export interface ListenersParts {
  readonly rulebook: Rulebook;
  readonly transports: Transports;
  readonly addresses: OwnAddresses;
  readonly clock: Clock;
  /** What the gate was started with: never closed, and a listener of a border at the same place shares it. */
  readonly own: readonly Binding[];
  readonly onError: (error: unknown) => void;
}

/** A listener that cannot be had, and the system's reason. */
export interface Obstacle {
  readonly listener: Binding;
  readonly cause: string;
}

/** Opens and closes the listeners of borders as the rulebook says, each without touching another. */
export class Listeners {
  readonly #parts: ListenersParts;
  readonly #own: ReadonlySet<string>;
  readonly #open = new Map<string, Listener>();
  /** One change after the other. */
  #work: Promise<void> = Promise.resolve();
  #retry: Timer | null = null;
  #closed = false;

  constructor(parts: ListenersParts) {
    this.#parts = parts;
    this.#own = new Set(parts.own.map(listenerKey));
  }

  /** Does what the rulebook says now. One that cannot be opened is reported, and tried again later. */
  follow(): Promise<void> {
    this.#work = this.#work.then(() => this.#reconcile());
    return this.#work;
  }

  /** Which of these could not be opened, beside those that are. */
  async obstacles(wanted: readonly Binding[]): Promise<Obstacle[]> {
    await this.#work;
    const found: Obstacle[] = [];
    for (const { transport, address, port } of wanted) {
      const listener = { transport, address, port };
      if (this.#has(listener)) continue;
      try {
        await this.#parts.transports.tryListen(listener);
      } catch (error) {
        found.push({ listener, cause: (error as Error).message });
      }
    }
    return found;
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
  }

  async #reconcile(): Promise<void> {
    if (this.#closed) return;
    const { rulebook, onError, clock } = this.#parts;
    const wanted = rulebook.borders.flatMap(({ listeners }) => listeners);
    const byKey = new Map(wanted.map((listener) => [listenerKey(listener), listener]));
    for (const [key, open] of this.#open)
      // With another certificate it is another listener; the connections of the old one stay.
      if (!isDeepStrictEqual(byKey.get(key)?.tls, open.tls)) await this.#shut(key, open);
    let failed = false;
    for (const listener of wanted) {
      try {
        if (!this.#has(listener)) await this.#openOne(listener);
      } catch (error) {
        failed = true;
        onError(new Error(`${listener.rule.resource}: cannot listen on ${listenerKey(listener)}`, { cause: error }));
      }
    }
    this.#retry?.cancel();
    this.#retry = failed ? clock.after(TRY_AGAIN, () => void this.follow()) : null;
  }

  #has(listener: Binding): boolean {
    const key = listenerKey(listener);
    return this.#own.has(key) || this.#open.has(key);
  }

  async #openOne(listener: Listener): Promise<void> {
    const { transport, address, port, tls } = listener;
    const binding = { transport, address, port };
    const material = tls && {
      cert: tls.cert,
      key: tls.key,
      clientCa: tls.clientCa ?? undefined,
      clientCaRequired: true,
    };
    await this.#parts.transports.listen(binding, material ?? undefined);
    this.#open.set(listenerKey(binding), listener);
    this.#parts.addresses.add([binding]);
  }

  async #shut(key: string, binding: Binding): Promise<void> {
    this.#open.delete(key);
    this.#parts.addresses.remove(binding);
    await this.#parts.transports.unlisten(binding);
  }
}

/** The listener to send from, of those of the network that the destination is in. */
export function egressListener(
  listeners: readonly Listener[],
  { transport, address }: Destination,
): Listener | undefined {
  return listeners.find((own) => own.transport === transport && isIPv6(own.address) === isIPv6(address));
}

/** The address families that there is a listener of, to send from. */
export function familiesOf(listening: readonly Binding[]): (4 | 6)[] {
  return ([4, 6] as const).filter((family) => listening.some(({ address }) => isIP(address) === family));
}
