import { Recent } from '../../kit/recent.ts';

/** Sources remembered; the one that was heard of longest ago is forgotten first. */
const MOST_KNOWN = 50_000;

/** Milliseconds that a source stays known after it last proved to belong here. */
const KNOWN_FOR = 3_600_000;

/** Sources that lately proved to belong here: a call from there was admitted, or we sent something there ourselves. */
export class KnownSources {
  readonly #seen = new Recent<string, { at: number }>(MOST_KNOWN);

  add(source: string, now: number): void {
    const seen = this.#seen.get(source);
    if (seen) seen.at = now;
    else this.#seen.set(source, { at: now });
  }

  has(source: string, now: number): boolean {
    return now - (this.#seen.get(source)?.at ?? -Infinity) < KNOWN_FOR;
  }
}
