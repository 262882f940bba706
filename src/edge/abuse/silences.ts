import type { Clock } from '../../kit/clock.ts';
import { Recent } from '../../kit/recent.ts';

/** Milliseconds of silence after the last request that would have been refused. */
const LASTS = 300_000;

/** A stranger over UDP that was told enough. Times in milliseconds since the epoch. */
export interface Silence {
  /** IPv4 address, or IPv6 /64. */
  readonly source: string;
  readonly since: number;
  /** Later, should it go on asking. */
  readonly until: number;
  /** Refusals that it was not told. */
  readonly refusals: number;
}

/**
 * Strangers over UDP whose refusals are kept from them. A silence needs no proof of an address and harms nobody: what
 * would be admitted still is. So it is no ban, ends by itself, and a restart forgets it.
 */
export class Silences {
  readonly #silences: Recent<string, Silence>;
  readonly #clock: Clock;

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#silences = new Recent(capacity);
  }

  has(source: string): boolean {
    return this.#of(source) !== undefined;
  }

  /** Begins the silence, or prolongs it, for so many refusals that are not told. */
  add(source: string, times = 1): void {
    const now = this.#clock.now();
    const { since, refusals } = this.#of(source) ?? { since: now, refusals: 0 };
    this.#silences.set(source, { source, since, until: now + LASTS, refusals: refusals + times });
  }

  /** What another thread had listed. */
  takeOver(listed: readonly Silence[]): void {
    const entries = listed.map((silence) => [silence.source, silence] as const);
    this.#silences.takeOver(entries, (theirs, own) => theirs.until > own.until);
  }

  /** False when there was none. */
  lift(source: string): boolean {
    const inForce = this.has(source);
    this.#silences.delete(source);
    return inForce;
  }

  /** Those in force, latest request first. */
  list(): Silence[] {
    const now = this.#clock.now();
    return [...this.#silences.values()].filter(({ until }) => until > now);
  }

  #of(source: string): Silence | undefined {
    const silence = this.#silences.get(source);
    return silence && silence.until > this.#clock.now() ? silence : undefined;
  }
}

/** Silences as people read them. */
export function describeSilences(silences: readonly Silence[]): object[] {
  return silences.map(({ source, since, until, refusals }) => ({
    source,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    refusals,
  }));
}
