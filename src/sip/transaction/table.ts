import { TextMap } from '../../kit/text-map.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Key } from './keys.ts';
import { Lingering } from './lingering.ts';
import type { Remains } from './remains.ts';
import type { Settled } from './settled.ts';

/** What the table asks of a transaction at work. */
interface Machine {
  readonly key: Key;
  /** Ends at once and tells its user; the table needs the room. */
  abandon(): void;
  /** Ends at once in silence. */
  close(): void;
}

/** Most bytes of what is left of those that only absorb repeats: strangers choose how long a key and an answer are. */
const MOST_BYTES = 48 * 1024 * 1024;

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
  /** Those at work. */
  readonly #machines = new TextMap<M>();
  /** Those of them that have their final response and still something to do. */
  readonly #finished = new TextMap<M>();
  readonly #lingering: Lingering;

  /** `settled` is called when the last unfinished transaction has finished. */
  constructor(room: Room, wheel: TimerWheel, settled: () => void) {
    this.#room = room;
    this.#settled = settled;
    this.#lingering = new Lingering(wheel);
  }

  get size(): number {
    return this.#machines.size + this.#lingering.size;
  }

  /** How many still wait for a final response. */
  get unfinished(): number {
    return this.#machines.size - this.#finished.size;
  }

  get(key: Key | undefined): M | Settled | undefined {
    return key && (this.#machines.get(key.text, key.hash) ?? this.#lingering.get(key));
  }

  add(transaction: M): void {
    const { key } = transaction;
    this.#evict(this.#machines.get(key.text, key.hash));
    this.#lingering.get(key)?.close();
    if (this.size >= this.#room.capacity) this.#makeRoom();
    this.#machines.set(key.text, transaction, key.hash);
  }

  /** The transaction has its final response. */
  finish(transaction: M): void {
    if (!this.#has(transaction)) return;
    this.#finished.set(transaction.key.text, transaction, transaction.key.hash);
    if (this.#finished.size > this.#room.finished) this.#evict(this.#finished.oldest?.[1]);
    this.#tell();
  }

  /** The transaction has its final response, and for `ms` milliseconds the remains take its place. */
  settle(transaction: M, remains: Remains, ms: number): Settled | undefined {
    if (!this.#has(transaction)) return undefined;
    this.#remove(transaction);
    const settled = this.#lingering.add(remains, ms);
    while (this.#lingering.bytes > MOST_BYTES) this.#lingering.next()?.close();
    this.#tell();
    return settled;
  }

  forget(transaction: M): void {
    if (!this.#has(transaction)) return;
    this.#remove(transaction);
    this.#tell();
  }

  close(): void {
    for (const [, transaction] of this.#machines) transaction.close();
    this.#machines.clear();
    this.#finished.clear();
    this.#lingering.clear();
  }

  #has(transaction: M): boolean {
    const { text, hash } = transaction.key;
    return this.#machines.get(text, hash) === transaction;
  }

  #remove({ key }: M): void {
    this.#machines.delete(key.text, key.hash);
    this.#finished.delete(key.text, key.hash);
  }

  #makeRoom(): void {
    const settled = this.#lingering.next();
    if (settled) settled.close();
    else this.#evict((this.#finished.oldest ?? this.#machines.oldest)?.[1]);
  }

  #evict(victim: M | undefined): void {
    if (!victim) return;
    this.forget(victim);
    victim.abandon();
  }

  #tell(): void {
    if (this.unfinished === 0) this.#settled();
  }
}
