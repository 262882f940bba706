import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { eventsIn, type Kept } from './batch.ts';
import type { CallEvent } from './event.ts';

/** Bytes of events after which a block is full. */
const BLOCK_SIZE = 128 * 1024;

/** Bytes that it has room for before that grows: those, and the event that fills it. */
const ROOM = BLOCK_SIZE + 32 * 1024;

/** Faster than writing what it saves. */
const COMPRESSION = { info: true, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** What Node gives back when it is asked for more than the bytes. */
interface Compressed {
  readonly buffer: Buffer;
  readonly engine: { _outBuffer: Buffer | null };
}

/** The block that events are added to. */
interface OpenBlock {
  readonly first: number;
  readonly keys: Set<number>;
  events: number;
  size: number;
}

/**
 * A shelf of the journal: events in compressed blocks, newest last. A flush adds to the newest block and writes it anew
 * until it is full, so that a call costs a small part of a row, whether there are many or few. Each block has a row of
 * short hashes of what its events are found by; who looks for one call reads these, and the few blocks that match.
 */
export class Blocks {
  readonly #most: number;
  readonly #put: StatementSync;
  readonly #putKeys: StatementSync;
  readonly #before: StatementSync;
  readonly #at: StatementSync;
  readonly #keys: StatementSync;
  readonly #oldest: StatementSync;
  readonly #drop: readonly StatementSync[];
  #events: number;
  #last: number;
  #open: OpenBlock | null = null;
  /** What stands in it: the same bytes for each block, since V8 is late to let go of those that it does not have in its heap. */
  #room = Buffer.allocUnsafeSlow(ROOM);

  /** Opens the shelf `name`, or makes it; `most` is how many events it holds. */
  constructor(database: DatabaseSync, name: string, most: number) {
    this.#most = most;
    database.exec(`
      CREATE TABLE IF NOT EXISTS ${name}_blocks (first INTEGER PRIMARY KEY, events BLOB NOT NULL);
      CREATE TABLE IF NOT EXISTS ${name}_keys (
        first INTEGER PRIMARY KEY, last INTEGER NOT NULL, events INTEGER NOT NULL, keys BLOB NOT NULL
      );
    `);
    const prepare = (sql: string): StatementSync => database.prepare(sql);
    this.#put = prepare(`INSERT OR REPLACE INTO ${name}_blocks VALUES (?, ?)`);
    this.#putKeys = prepare(`INSERT OR REPLACE INTO ${name}_keys VALUES (?, ?, ?, ?)`);
    this.#before = prepare(`SELECT first, events FROM ${name}_blocks WHERE first < ? ORDER BY first DESC LIMIT 1`);
    this.#at = prepare(`SELECT events FROM ${name}_blocks WHERE first = ?`);
    this.#keys = prepare(`SELECT first, keys FROM ${name}_keys ORDER BY first`);
    this.#oldest = prepare(`SELECT first, events FROM ${name}_keys ORDER BY first LIMIT 1`);
    this.#drop = ['blocks', 'keys'].map((table) => prepare(`DELETE FROM ${name}_${table} WHERE first = ?`));
    const held = prepare(`SELECT TOTAL(events) AS events, MAX(last) AS last FROM ${name}_keys`).get();
    this.#events = Number(held?.['events']);
    this.#last = Number(held?.['last'] ?? 0);
  }

  /** The sequence of the newest event; 0 when there is none. */
  get last(): number {
    return this.#last;
  }

  /** Adds events, oldest first, at least one; within a transaction. When that is rolled back, open the shelf anew. */
  add(added: readonly Kept[]): void {
    for (const event of added) {
      this.#last = event.sequence;
      this.#open ??= { first: this.#last, keys: new Set(), events: 0, size: 0 };
      const { keys, size } = this.#open;
      this.#makeRoom(size, event.bytes.length);
      event.bytes.copy(this.#room, size);
      this.#open.events += 1;
      this.#open.size += event.bytes.length;
      addKey(keys, event.callName);
      addKey(keys, event.decisionName);
      this.#events += 1;
      if (this.#open.size < BLOCK_SIZE) continue;
      this.#write(this.#open);
      this.#open = null;
      // One that grew is let go.
      if (this.#room.length > ROOM) this.#room = Buffer.allocUnsafeSlow(ROOM);
    }
    if (this.#open) this.#write(this.#open);
    this.#forgetOldest();
  }

  /** The events of calls, oldest first; of those that are there. */
  ofCalls(callIds: readonly string[]): Kept[] {
    const wanted = new Set(callIds);
    return this.#matching([...wanted]).filter(({ callId }) => wanted.has(callId));
  }

  /** The event of a decision. */
  ofDecision(decisionId: string): CallEvent | undefined {
    return this.#matching([decisionId]).find((kept) => kept.decisionId === decisionId)?.event;
  }

  /** Events before `before`, newest first. */
  *newest(before: number): Generator<Kept> {
    for (let row = this.#before.get(before); row; row = this.#before.get(Number(row['first'])))
      for (const kept of eventsOf(row['events']).toReversed()) if (kept.sequence < before) yield kept;
  }

  /** The events of all blocks that have the hash of one of the names. */
  #matching(names: readonly string[]): Kept[] {
    const hashes = names.map((name) => hashOf(Buffer.from(name)));
    const blocks: SQLInputValue[] = [];
    for (const row of this.#keys.iterate()) {
      const keys = hashesIn(row['keys']);
      if (hashes.some((hash) => keys.includes(hash))) blocks.push(row['first'] ?? null);
    }
    return blocks.flatMap((first) => eventsOf(this.#at.get(first)?.['events']));
  }

  #makeRoom(used: number, more: number): void {
    if (used + more <= this.#room.length) return;
    const larger = Buffer.allocUnsafeSlow(used + more);
    this.#room.copy(larger, 0, 0, used);
    this.#room = larger;
  }

  #write({ first, keys, events, size }: OpenBlock): void {
    this.#put.run(first, compress(this.#room.subarray(0, size)));
    this.#putKeys.run(first, this.#last, events, new Uint8Array(Uint32Array.from(keys).buffer));
  }

  #forgetOldest(): void {
    while (this.#events > this.#most) {
      const row = this.#oldest.get();
      const first = Number(row?.['first']);
      if (!row || first === this.#open?.first) return;
      for (const drop of this.#drop) drop.run(first);
      this.#events -= Number(row['events']);
    }
  }
}

function compress(bytes: Buffer): Buffer {
  const { buffer, engine } = zstdCompressSync(bytes, COMPRESSION) as unknown as Compressed;
  // It is there until the whole heap is collected, seldom in this thread, and 20 MB of such memory would be with it.
  engine._outBuffer = null;
  return buffer;
}

function eventsOf(blob: unknown): Kept[] {
  return eventsIn(zstdDecompressSync(blob as Uint8Array));
}

function hashesIn(blob: unknown): Uint32Array {
  const { buffer, byteOffset, byteLength } = new Uint8Array(blob as Uint8Array);
  return new Uint32Array(buffer, byteOffset, byteLength / Uint32Array.BYTES_PER_ELEMENT);
}

function addKey(keys: Set<number>, name: Buffer): void {
  if (name.length > 0) keys.add(hashOf(name));
}

/** FNV-1a of 32 bits: two that fall together cost a look into a block, nothing more. */
function hashOf(name: Buffer): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ (name[at] ?? 0), 0x01000193);
  return hash >>> 0;
}
