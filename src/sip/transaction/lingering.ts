import type { Timer } from '../../kit/clock.ts';
import type { TimerWheel } from '../timer-wheel.ts';

/** What lasts for some time yet. */
interface Ending {
  /** When it ends, by the time of the wheel. */
  until: number;
}

interface Queue<T> {
  /** In the order in which they end. */
  readonly all: Set<T>;
  timer: Timer | undefined;
}

/**
 * What only has to last for a time. Those that last equally long end in the order in which they came, so each length
 * needs one timer and not each of them.
 */
export class Lingering<T extends Ending> {
  readonly #wheel: TimerWheel;
  readonly #ended: (one: T) => void;
  readonly #queues = new Map<number, Queue<T>>();

  /** `ended` is called for each when its time has come. */
  constructor(wheel: TimerWheel, ended: (one: T) => void) {
    this.#wheel = wheel;
    this.#ended = ended;
  }

  get size(): number {
    let size = 0;
    for (const { all } of this.#queues.values()) size += all.size;
    return size;
  }

  add(one: T, ms: number): void {
    const queue = this.#queues.get(ms) ?? { all: new Set(), timer: undefined };
    this.#queues.set(ms, queue);
    one.until = this.#wheel.time + ms;
    queue.all.add(one);
    queue.timer ??= this.#wheel.after(ms, () => this.#sweep(queue));
  }

  /** False when it is not here. */
  delete(one: T): boolean {
    for (const { all } of this.#queues.values()) if (all.delete(one)) return true;
    return false;
  }

  /** The one that ends next; undefined when there is none. */
  next(): T | undefined {
    let next: T | undefined;
    for (const { all } of this.#queues.values()) {
      const [first] = all;
      if (first && (!next || first.until < next.until)) next = first;
    }
    return next;
  }

  clear(): void {
    for (const { all } of this.#queues.values()) all.clear();
  }

  #sweep(queue: Queue<T>): void {
    queue.timer = undefined;
    const { time } = this.#wheel;
    for (const one of queue.all) {
      if (one.until > time) {
        queue.timer = this.#wheel.after(one.until - time, () => this.#sweep(queue));
        return;
      }
      queue.all.delete(one);
      this.#ended(one);
    }
  }
}
