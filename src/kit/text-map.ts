import { hashOf } from './text-hash.ts';

/** Slots of an empty table; always a power of two. */
const LEAST_SLOTS = 16;

interface Entry<Value> {
  readonly key: string;
  readonly hash: number;
  value: Value;
  older: Entry<Value> | null;
  newer: Entry<Value> | null;
}

/**
 * Values by text, in the order in which they came, for what comes and goes quickly. A Map makes its table anew every few
 * such entries, and each table that it leaves behind refers to the next: as soon as one of them has become old, V8 takes
 * all later ones with all that was in them for alive, until it collects the whole heap. Who has the hash of a key at hand
 * may give it.
 */
export class TextMap<Value> {
  /** An entry stands in the first free slot from that of its hash on. */
  #slots: (Entry<Value> | null)[] = emptySlots<Value>(LEAST_SLOTS);
  #size = 0;
  #oldest: Entry<Value> | null = null;
  #newest: Entry<Value> | null = null;

  get size(): number {
    return this.#size;
  }

  /** The one that came first; undefined when there is none. */
  get oldest(): readonly [key: string, value: Value] | undefined {
    return this.#oldest ? [this.#oldest.key, this.#oldest.value] : undefined;
  }

  get(key: string, hash = hashOf(key)): Value | undefined {
    return this.#slots[this.#slotOf(key, hash)]?.value;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** One that is there keeps its place in the order. */
  set(key: string, value: Value, hash = hashOf(key)): void {
    const slot = this.#slotOf(key, hash);
    const known = this.#slots[slot];
    if (known) known.value = value;
    else this.#add({ key, hash, value, older: this.#newest, newer: null }, slot);
  }

  /** False when it is not there. */
  delete(key: string, hash = hashOf(key)): boolean {
    const slot = this.#slotOf(key, hash);
    const entry = this.#slots[slot];
    if (!entry) return false;
    this.#size -= 1;
    this.#empty(slot);
    if (entry.older) entry.older.newer = entry.newer;
    else this.#oldest = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
    // What is gone must refer to nothing that is younger.
    entry.older = null;
    entry.newer = null;
    if (this.#slots.length > LEAST_SLOTS && this.#size * 8 < this.#slots.length) this.#resize(this.#slots.length / 2);
    return true;
  }

  clear(): void {
    this.#slots = emptySlots<Value>(LEAST_SLOTS);
    this.#size = 0;
    this.#oldest = null;
    this.#newest = null;
  }

  /** The entry at hand may be deleted on the way. */
  *[Symbol.iterator](): Generator<readonly [key: string, value: Value]> {
    for (let entry = this.#oldest; entry;) {
      const { newer } = entry;
      yield [entry.key, entry.value];
      entry = newer;
    }
  }

  #add(entry: Entry<Value>, slot: number): void {
    this.#slots[slot] = entry;
    if (entry.older) entry.older.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#resize(this.#slots.length * 2);
  }

  /** Where it stands, or would. */
  #slotOf(key: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot];
      if (!entry || (entry.hash === hash && entry.key === key)) return slot;
    }
  }

  /** Empties a slot, and moves those up that would not be found any more behind it. */
  #empty(slot: number): void {
    const mask = this.#slots.length - 1;
    let gap = slot;
    for (let at = (gap + 1) & mask; ; at = (at + 1) & mask) {
      const entry = this.#slots[at];
      if (!entry) break;
      const isBehindGap = ((at - entry.hash) & mask) >= ((at - gap) & mask);
      if (!isBehindGap) continue;
      this.#slots[gap] = entry;
      gap = at;
    }
    this.#slots[gap] = null;
  }

  #resize(slots: number): void {
    this.#slots = emptySlots<Value>(slots);
    for (let entry = this.#oldest; entry; entry = entry.newer) this.#slots[this.#slotOf(entry.key, entry.hash)] = entry;
  }
}

function emptySlots<Value>(count: number): (Entry<Value> | null)[] {
  return Array.from<Entry<Value> | null>({ length: count }).fill(null);
}
