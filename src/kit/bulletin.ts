import type { Clock } from './clock.ts';
import { FIRST, type Peers } from './peers.ts';

/** Milliseconds that news wait for company. */
const TOGETHER = 10;

/** News told at once: more do not wait. */
const MOST_TOGETHER = 1000;

/** What happened, and how many times of late. */
type Item<News> = readonly [news: News, times: number];

/**
 * Tells the other threads what happened in this one, some milliseconds of it at a time: of a flood they hear a few words.
 * Nothing is left out, and no more waits than is told at once.
 */
export class Bulletin<News> {
  readonly #peers: Peers;
  readonly #clock: Clock;
  readonly #topic: string;
  #items = new Map<string | number, Item<News>>();
  #told = 0;

  /** `hear` is told what happened in the others. */
  constructor(parts: {
    peers: Peers;
    clock: Clock;
    topic: string;
    hear: (news: News, times: number, from: number) => void;
  }) {
    this.#peers = parts.peers;
    this.#clock = parts.clock;
    this.#topic = parts.topic;
    parts.peers.on(parts.topic, (items: readonly Item<News>[], from) => {
      for (const [news, times] of items) parts.hear(news, times, from);
    });
  }

  /** `key`: what has the same may change its place among the others, and is told as so many times in the words of the first. */
  tell(news: News, key: string | number = (this.#told += 1)): void {
    if (this.#items.size === 0) this.#clock.after(TOGETHER, () => this.#issue());
    const [first = news, times = 0] = this.#items.get(key) ?? [];
    this.#items.set(key, [first, times + 1]);
    if (this.#items.size >= MOST_TOGETHER) this.#issue();
  }

  #issue(): void {
    const items = [...this.#items.values()];
    this.#items = new Map();
    if (items.length > 0) this.#peers.tellAll(this.#topic, items);
  }
}

/** A thread that is alone has nobody to tell. */
export function openBulletin<News>(parts: ConstructorParameters<typeof Bulletin<News>>[0]): Bulletin<News> | null {
  return parts.peers.count === 1 ? null : new Bulletin(parts);
}

/** Whether this thread is the one that tells a thread which just came all that it missed: FIRST is, and for FIRST the next. */
export function tellsNewcomer({ self }: Peers, newcomer: number): boolean {
  return self === (newcomer === FIRST ? FIRST + 1 : FIRST);
}
