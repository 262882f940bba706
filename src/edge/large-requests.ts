import { LRUCache } from 'lru-cache';
import type { Clock } from '../kit/clock.ts';
import type { Destination } from '../sip/resolve.ts';
import { keyOf } from './health.ts';

/** Bytes that a request over UDP may have where the path's MTU is not known (RFC 3261 §18.1.1). */
const MOST_OVER_UDP = 1300;

/** Bytes that our Via and Record-Route add to a request. */
const ADDED = 250;

/** Milliseconds for which a gateway that took no TCP is not asked for it again, and how many are remembered. */
const REMEMBERED = 600_000;
const MOST_REMEMBERED = 1000;

/** Sends large requests by TCP where UDP was meant, and by UDP after all where TCP is not taken (RFC 3261 §18.1.1). */
export class LargeRequests {
  readonly #clock: Clock;
  readonly #refusedAt = new LRUCache<string, number>({ max: MOST_REMEMBERED });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same destinations, those of UDP each after its TCP twin when a request of so many bytes asks for that. */
  spread(destinations: readonly Destination[], bytes: number): Destination[] {
    if (bytes + ADDED <= MOST_OVER_UDP) return [...destinations];
    return destinations.flatMap((destination) => {
      if (destination.transport !== 'udp') return destination;
      const twin: Destination = { ...destination, transport: 'tcp', forSize: true };
      const refusedAt = this.#refusedAt.get(keyOf(twin)) ?? Number.NEGATIVE_INFINITY;
      return this.#clock.now() - refusedAt < REMEMBERED ? destination : [twin, destination];
    });
  }

  /** A TCP twin did not take the request. */
  refused(twin: Destination): void {
    this.#refusedAt.set(keyOf(twin), this.#clock.now());
  }
}
