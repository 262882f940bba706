import { Recent } from '../../kit/recent.ts';

/** Sources remembered; the one that was heard of longest ago is forgotten first. */
const MOST_KNOWN = 50_000;

/** Milliseconds that a source stays known after it last proved to belong here. */
const KNOWN_FOR = 3_600_000;

/** Milliseconds after which it is news again that a source belongs here. */
const NEWS_AGAIN_AFTER = KNOWN_FOR / 4;

/** Sources that lately proved to belong here: a call from there was admitted, or we sent something there ourselves. */
export class KnownSources {
  readonly #seen = new Recent<string, number>(MOST_KNOWN);
  /** When other threads were told. */
  readonly #told = new Recent<string, number>(MOST_KNOWN);

  add(source: string, now: number): void {
    this.#seen.set(source, now);
  }

  has(source: string, now: number): boolean {
    return now - (this.#seen.get(source) ?? -Infinity) < KNOWN_FOR;
  }

  /** Whether other threads are to be told; then it counts as told. */
  isNews(source: string, now: number): boolean {
    if (now - (this.#told.get(source) ?? -Infinity) < NEWS_AGAIN_AFTER) return false;
    this.#told.set(source, now);
    return true;
  }

  /** The `most` that were heard of last, and when. */
  latest(most: number): [source: string, seen: number][] {
    return this.#seen.latest(most);
  }

  /** What another thread knew. */
  takeOver(known: ReturnType<KnownSources['latest']>): void {
    this.#seen.takeOver(known, (theirs, own) => theirs > own);
  }
}
