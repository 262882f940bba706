import { askOthers } from './ask-others.ts';
import type { Clock } from './clock.ts';
import { FIRST, type Peers } from './peers.ts';

/** Milliseconds that news wait for company. */
const TOGETHER = 10;

/** News that wait while the other threads have not heard what came before; when more come, the others do without. */
const MOST_WAITING = 10_000;

/** What happened, and how many times of late. */
type Item<News> = readonly [news: News, times: number];

interface BulletinParts<News> {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly topic: string;
  /** Told what happened in another thread. */
  readonly hear: (news: News, times: number) => void;
}

/**
 * Tells the other threads what happened in this one, some milliseconds of it at a time, and not before they have heard
 * what came before: of a flood they hear a few words, and a thread that is behind is not buried.
 */
export class Bulletin<News> {
  readonly #parts: BulletinParts<News>;
  #items = new Map<string | number, Item<News>>();
  #told = 0;
  #isUnderWay = false;

  constructor(parts: BulletinParts<News>) {
    this.#parts = parts;
    parts.peers.on(parts.topic, (items: readonly Item<News>[]) => {
      for (const [news, times] of items) parts.hear(news, times);
    });
  }

  /** `key`: what has the same may change its place among the others, and is told as so many times in the words of the first. */
  tell(news: News, key: string | number = (this.#told += 1)): void {
    const [first = news, times = 0] = this.#items.get(key) ?? [];
    if (times === 0 && this.#items.size >= MOST_WAITING) return;
    this.#items.set(key, [first, times + 1]);
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#parts.clock.after(TOGETHER, () => void this.#issue());
  }

  async #issue(): Promise<void> {
    const { peers, clock, topic } = this.#parts;
    const items = [...this.#items.values()];
    this.#items = new Map();
    // Who could not make use of it goes by what it sees itself.
    await askOthers(peers, topic, items).catch(() => {});
    this.#isUnderWay = this.#items.size > 0;
    if (this.#isUnderWay) clock.after(TOGETHER, () => void this.#issue());
  }
}

/** A thread that is alone has nobody to tell. */
export function openBulletin<News>(parts: BulletinParts<News>): Bulletin<News> | null {
  return parts.peers.count === 1 ? null : new Bulletin(parts);
}

/** Whether this thread is the one that tells a thread which just came all that it missed: FIRST is, and for FIRST the next. */
export function tellsNewcomer({ self }: Peers, newcomer: number): boolean {
  return self === (newcomer === FIRST ? FIRST + 1 : FIRST);
}
