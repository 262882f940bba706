import { Recent } from '../../kit/recent.ts';

/** Sources remembered; the one that was heard of longest ago is forgotten first. */
const MOST_KNOWN = 50_000;

/** Milliseconds that a source stays known after it last proved to belong here. */
const KNOWN_FOR = 3_600_000;

/** Milliseconds after which it is news again that a source belongs here. */
const NEWS_AGAIN_AFTER = KNOWN_FOR / 4;

interface Known {
  seenAt: number;
  /** When other threads were told. */
  toldAt: number;
}

/** Sources that lately proved to belong here: a call from there was admitted, or we sent something there ourselves. */
export class KnownSources {
  readonly #known = new Recent<string, Known>(MOST_KNOWN);

  add(source: string, now: number): void {
    const known = this.#known.get(source);
    if (known) known.seenAt = now;
    else this.#known.set(source, { seenAt: now, toldAt: -Infinity });
  }

  has(source: string, now: number): boolean {
    return now - (this.#known.get(source)?.seenAt ?? -Infinity) < KNOWN_FOR;
  }

  /** Whether other threads are to be told of one that is known; then it counts as told. */
  isNews(source: string, now: number): boolean {
    const known = this.#known.get(source);
    if (!known || now - known.toldAt < NEWS_AGAIN_AFTER) return false;
    known.toldAt = now;
    return true;
  }

  /** The `most` that were heard of last, and when. */
  latest(most: number): [source: string, seenAt: number][] {
    return this.#known.latest(most).map(([source, { seenAt }]) => [source, seenAt]);
  }

  /** What another thread knew. */
  takeOver(theirs: ReturnType<KnownSources['latest']>): void {
    const known = theirs.map(([source, seenAt]): [string, Known] => [source, { seenAt, toldAt: -Infinity }]);
    this.#known.takeOver(known, (their, own) => their.seenAt > own.seenAt);
  }
}
