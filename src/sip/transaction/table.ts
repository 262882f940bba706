/** What the table asks of a transaction. */
interface Kept {
  readonly key: string;
  /** Ends at once and tells its user; the table needs the room. */
  abandon(): void;
  /** Ends at once in silence. */
  close(): void;
}

/**
 * The transactions of one side by key, at most `capacity`. When it is full, the one that finished first goes first:
 * it only absorbs repeats. Without a finished one, the oldest unfinished goes, and its user is told.
 */
export class TransactionTable<T extends Kept> {
  readonly #capacity: number;
  readonly #settled: () => void;
  readonly #all = new Map<string, T>();
  readonly #finished = new Set<T>();

  /** `settled` is called when the last unfinished transaction has finished. */
  constructor(capacity: number, settled: () => void) {
    this.#capacity = capacity;
    this.#settled = settled;
  }

  get size(): number {
    return this.#all.size;
  }

  /** How many still wait for a final response. */
  get unfinished(): number {
    return this.#all.size - this.#finished.size;
  }

  get(key: string | undefined): T | undefined {
    return key === undefined ? undefined : this.#all.get(key);
  }

  add(transaction: T): void {
    this.#evict(this.#all.get(transaction.key));
    if (this.#all.size >= this.#capacity) this.#evict(this.#oldest());
    this.#all.set(transaction.key, transaction);
  }

  /** The transaction has its final response and stays only to absorb repeats. */
  finish(transaction: T): void {
    if (this.#all.get(transaction.key) !== transaction) return;
    this.#finished.add(transaction);
    if (this.unfinished === 0) this.#settled();
  }

  forget(transaction: T): void {
    if (this.#all.get(transaction.key) !== transaction) return;
    this.#all.delete(transaction.key);
    this.#finished.delete(transaction);
    if (this.unfinished === 0) this.#settled();
  }

  close(): void {
    for (const transaction of this.#all.values()) transaction.close();
    this.#all.clear();
    this.#finished.clear();
  }

  #oldest(): T | undefined {
    const [oldest] = this.#finished.size > 0 ? this.#finished : this.#all.values();
    return oldest;
  }

  #evict(victim: T | undefined): void {
    if (!victim) return;
    this.forget(victim);
    victim.abandon();
  }
}
