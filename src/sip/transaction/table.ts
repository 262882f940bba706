import type { TimerWheel } from '../timer-wheel.ts';
import { Lingering } from './lingering.ts';
import { Settled } from './settled.ts';

/** What the table asks of a transaction at work. */
interface Machine {
  readonly key: string;
  /** Ends at once and tells its user; the table needs the room. */
  abandon(): void;
  /** Ends at once in silence. */
  close(): void;
}

/** Bounds of one table. */
export interface Room {
  /** Transactions of every state. */
  readonly capacity: number;
  /** Those with a final response that are held whole: their user may still have something to do with them. */
  readonly finished: number;
}

/**
 * The transactions of one side by key, at most `capacity`. When it is full, those that only absorb repeats go first, the
 * one with the least time left before the others. Then the one that had its final response first; without one such, the
 * oldest goes, and its user is told.
 */
export class TransactionTable<M extends Machine> {
  readonly #room: Room;
  readonly #settled: () => void;
  readonly #all = new Map<string, M | Settled>();
  /** Those that have their final response and still something to do. */
  readonly #finished = new Set<M>();
  readonly #lingering: Lingering<Settled>;

  /** `settled` is called when the last unfinished transaction has finished. */
  constructor(room: Room, wheel: TimerWheel, settled: () => void) {
    this.#room = room;
    this.#settled = settled;
    this.#lingering = new Lingering(wheel, (rest) => {
      this.#all.delete(rest.key);
      rest.close();
    });
  }

  get size(): number {
    return this.#all.size;
  }

  /** How many still wait for a final response. */
  get unfinished(): number {
    return this.#all.size - this.#finished.size - this.#lingering.size;
  }

  get(key: string | undefined): M | Settled | undefined {
    return key === undefined ? undefined : this.#all.get(key);
  }

  add(transaction: M): void {
    this.#evict(this.#all.get(transaction.key));
    if (this.#all.size >= this.#room.capacity) this.#evict(this.#leastMissed());
    this.#all.set(transaction.key, transaction);
  }

  /** The transaction has its final response. */
  finish(transaction: M): void {
    if (this.#all.get(transaction.key) !== transaction) return;
    this.#finished.add(transaction);
    const [oldest] = this.#finished;
    if (this.#finished.size > this.#room.finished) this.#evict(oldest);
    this.#tell();
  }

  /** The transaction has its final response, and for `ms` milliseconds `rest` takes its place. */
  settle(transaction: M, rest: Settled, ms: number): void {
    if (this.#all.get(transaction.key) !== transaction) return;
    this.#finished.delete(transaction);
    this.#all.set(transaction.key, rest);
    this.#lingering.add(rest, ms);
    this.#tell();
  }

  forget(transaction: M | Settled): void {
    if (this.#all.get(transaction.key) !== transaction) return;
    this.#all.delete(transaction.key);
    if (transaction instanceof Settled) {
      this.#lingering.delete(transaction);
      transaction.close();
    } else this.#finished.delete(transaction);
    this.#tell();
  }

  close(): void {
    for (const transaction of this.#all.values()) transaction.close();
    this.#all.clear();
    this.#finished.clear();
    this.#lingering.clear();
  }

  #leastMissed(): M | Settled | undefined {
    const [finished] = this.#finished;
    const [oldest] = this.#all.values();
    return this.#lingering.next() ?? finished ?? oldest;
  }

  #evict(victim: M | Settled | undefined): void {
    if (!victim) return;
    this.forget(victim);
    victim.abandon();
  }

  #tell(): void {
    if (this.unfinished === 0) this.#settled();
  }
}
