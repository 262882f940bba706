import type { Timer } from '../../kit/clock.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Key } from './keys.ts';
import { RemainsQueue, type Remains } from './remains.ts';
import { Settled } from './settled.ts';

interface Queue {
  readonly remains: RemainsQueue;
  timer: Timer | undefined;
}

/**
 * What is left of transactions for a time. Those that last equally long end in the order in which they came, so each length
 * needs one timer and not each of them.
 */
export class Lingering {
  readonly #wheel: TimerWheel;
  readonly #queues = new Map<number, Queue>();

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  get size(): number {
    let size = 0;
    for (const { remains } of this.#queues.values()) size += remains.size;
    return size;
  }

  get bytes(): number {
    let bytes = 0;
    for (const { remains } of this.#queues.values()) bytes += remains.bytes;
    return bytes;
  }

  /** Keeps them for `ms` milliseconds, of the few lengths that timers have. */
  add(remains: Remains, ms: number): Settled {
    const queue = this.#queues.get(ms) ?? { remains: new RemainsQueue(), timer: undefined };
    this.#queues.set(ms, queue);
    const place = queue.remains.add(remains, this.#wheel.time + ms);
    queue.timer ??= this.#wheel.after(ms, () => this.#sweep(queue));
    return new Settled(queue.remains, place);
  }

  /** What is left of the transaction of that key. */
  get(key: Key): Settled | undefined {
    for (const { remains } of this.#queues.values()) {
      const place = remains.find(key);
      if (place !== undefined) return new Settled(remains, place);
    }
    return undefined;
  }

  /** The one that ends next; undefined when there is none. */
  next(): Settled | undefined {
    let next: Settled | undefined;
    for (const { remains } of this.#queues.values()) {
      const first = firstOf(remains);
      if (first && (!next || first.until < next.until)) next = first;
    }
    return next;
  }

  clear(): void {
    for (const { remains } of this.#queues.values()) remains.clear();
  }

  #sweep(queue: Queue): void {
    queue.timer = undefined;
    const { time } = this.#wheel;
    for (let first = firstOf(queue.remains); first; first = firstOf(queue.remains)) {
      if (first.until > time) {
        queue.timer = this.#wheel.after(first.until - time, () => this.#sweep(queue));
        return;
      }
      first.close();
    }
  }
}

function firstOf(remains: RemainsQueue): Settled | undefined {
  const place = remains.next;
  return place === undefined ? undefined : new Settled(remains, place);
}
