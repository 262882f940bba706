import { isIP } from 'node:net';
import type { Destination } from '../sip/resolve.ts';
import type { Health } from './health.ts';
import type { Place } from './places.ts';

/** One address of one target. */
export interface Candidate {
  readonly target: Place;
  /** Null when the target's name leads nowhere. */
  readonly destination: Destination | null;
}

/** What a search for places needs. */
export interface CandidatesParts {
  readonly locate: (target: Place) => Destination[] | Promise<Destination[]>;
  readonly health: Health;
  /** Emergency calls spare nobody: gateways that asked to be left alone are tried too, last of all. */
  readonly urgent: boolean;
}

/**
 * The places to try for a call, one after the other: target by target, each with its addresses (RFC 3263 §4.3).
 * Gateways that are out are passed over; when that leaves nothing they are tried after all, once (checklist 6.8).
 */
export class Candidates {
  readonly #parts: CandidatesParts;
  #targets: Place[];
  /** Addresses of the target that is being tried. */
  #addresses: Candidate[] = [];
  /** Passed over, for when nothing else is there. */
  readonly #out: Candidate[] = [];
  readonly #waiting: Candidate[] = [];
  #tried = false;

  constructor(targets: readonly Place[], parts: CandidatesParts) {
    this.#parts = parts;
    this.#targets = [...targets];
  }

  /** Whether there is probably another one. */
  get more(): boolean {
    if (this.#addresses.some((candidate) => this.#isUsable(candidate))) return true;
    const { locate } = this.#parts;
    return (
      this.#spareLeft() > 0 ||
      this.#targets.some((target) => {
        // A name whose addresses are not known yet is worth the try.
        const found = isIP(target.route.host) === 0 || target.uri !== undefined ? null : locate(target);
        return !Array.isArray(found) || found.some((destination) => this.#isUsable({ target, destination }));
      })
    );
  }

  /** When the first of the gateways that asked to be left alone may be tried again; null when there are none. */
  get waitingUntil(): number | null {
    const times = this.#waiting.flatMap(({ destination }) =>
      destination ? (this.#parts.health.retryAt(destination) ?? []) : [],
    );
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** The next place; undefined when there is none. At once, unless a name has to be looked up. */
  next(): Candidate | undefined | Promise<Candidate | undefined> {
    for (;;) {
      const candidate = this.#takeAddress();
      if (candidate) return candidate;
      const target = this.#targets.shift();
      if (!target) return this.#takeSpare();
      const found = this.#parts.locate(target);
      if (found instanceof Promise) {
        return found.then(
          (destinations) => {
            this.#expand(target, destinations);
            return this.next();
          },
          () => ({ target, destination: null }),
        );
      }
      this.#expand(target, found);
    }
  }

  /** Puts a place before all that are left. */
  tryFirst(place: Place): void {
    this.#targets.unshift(place);
  }

  /** Leaves out what is left of a group. */
  skipGroup(group: string): void {
    this.#addresses = this.#addresses.filter(({ target }) => target.group !== group);
    this.#targets = this.#targets.filter((target) => target.group !== group);
  }

  /** Leaves out the other addresses of the target that was tried last. */
  skipTarget(): void {
    if (this.#tried) this.#addresses = [];
  }

  #expand(target: Place, destinations: readonly Destination[]): void {
    this.#addresses = destinations.map((destination) => ({ target, destination }));
  }

  #takeAddress(): Candidate | undefined {
    for (let candidate = this.#addresses.shift(); candidate; candidate = this.#addresses.shift()) {
      if (this.#isUsable(candidate)) {
        this.#tried = true;
        return candidate;
      }
      this.#putAside(candidate);
    }
    return undefined;
  }

  #takeSpare(): Candidate | undefined {
    return this.#spareLeft() > 0 ? (this.#out.shift() ?? this.#waiting.shift()) : undefined;
  }

  /** How many of those that were passed over may be tried after all. */
  #spareLeft(): number {
    if (this.#tried) return 0;
    return this.#out.length + (this.#parts.urgent ? this.#waiting.length : 0);
  }

  #putAside(candidate: Candidate): void {
    const { destination } = candidate;
    const waits = destination !== null && this.#parts.health.state(destination) === 'waiting';
    (waits ? this.#waiting : this.#out).push(candidate);
  }

  /** An agent was found in service when the call was decided. */
  #isUsable({ destination, target }: Candidate): boolean {
    if (target.agent !== undefined) return destination !== null;
    return destination !== null && this.#parts.health.state(destination) === 'in';
  }
}
