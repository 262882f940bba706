import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { eventOf, nameOf, readLine, type Line } from './line.ts';
import { NO_CALL, type CallEvent } from './event.ts';

/** Characters of lines after which a block is full. */
const BLOCK_SIZE = 256 * 1024;

/** Faster than writing what it saves. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** An event that was kept. */
export interface Kept {
  /** Rises over all shelves. */
  readonly sequence: number;
  readonly line: Line;
}

/** The block that lines are added to, as it was last written. */
interface OpenBlock {
  readonly first: number;
  readonly lines: string[];
  readonly keys: Set<number>;
  size: number;
}

/**
 * A shelf of the journal: lines in compressed blocks, newest last. A flush adds to the newest block and writes it anew
 * until it is full, so that a call costs a small part of a row, whether there are many or few. Each block has a table of
 * short hashes of what its lines are found by; who looks for one call reads these, and the few blocks that match.
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

  /** Opens the shelf `name`, or makes it; `most` is how many events it holds. */
  constructor(database: DatabaseSync, name: string, most: number) {
    this.#most = most;
    database.exec(`
      CREATE TABLE IF NOT EXISTS ${name}_blocks (first INTEGER PRIMARY KEY, lines BLOB NOT NULL);
      CREATE TABLE IF NOT EXISTS ${name}_keys (
        first INTEGER PRIMARY KEY, last INTEGER NOT NULL, events INTEGER NOT NULL, keys BLOB NOT NULL
      );
    `);
    const prepare = (sql: string): StatementSync => database.prepare(sql);
    this.#put = prepare(`INSERT OR REPLACE INTO ${name}_blocks VALUES (?, ?)`);
    this.#putKeys = prepare(`INSERT OR REPLACE INTO ${name}_keys VALUES (?, ?, ?, ?)`);
    this.#before = prepare(`SELECT first, lines FROM ${name}_blocks WHERE first < ? ORDER BY first DESC LIMIT 1`);
    this.#at = prepare(`SELECT lines FROM ${name}_blocks WHERE first = ?`);
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

  /** Adds lines, oldest first, at least one; within a transaction. When that is rolled back, the shelf is to be opened anew. */
  add(added: readonly Kept[]): void {
    for (const { sequence, line } of added) {
      this.#open ??= { first: sequence, lines: [], keys: new Set(), size: 0 };
      const { lines, keys } = this.#open;
      lines.push(sequence + line.rest);
      this.#open.size += line.rest.length;
      for (const key of keysOf(line)) keys.add(key);
      this.#events += 1;
      this.#last = sequence;
      if (this.#open.size < BLOCK_SIZE) continue;
      this.#write(this.#open);
      this.#open = null;
    }
    if (this.#open) this.#write(this.#open);
    this.#forgetOldest();
  }

  /** The lines of calls, oldest first, by their Call-IDs; of those that are there. */
  ofCalls(callIds: readonly string[]): Kept[] {
    const names = new Set(callIds.map(nameOf));
    return this.#matching([...names].map(hashOf)).filter(({ line }) => names.has(line.call));
  }

  /** The event of a decision. */
  ofDecision(decisionId: string): CallEvent | undefined {
    const kept = this.#matching([hashOf(decisionId)]).find(({ line }) => line.decisionId === decisionId);
    return kept && eventOf(kept.line);
  }

  /** Lines before `before`, newest first. */
  *newest(before: number): Generator<Kept> {
    for (let row = this.#before.get(before); row; row = this.#before.get(Number(row['first'])))
      for (const kept of linesIn(row['lines']).toReversed()) if (kept.sequence < before) yield kept;
  }

  /** The lines of all blocks that have one of the hashes. */
  #matching(hashes: readonly number[]): Kept[] {
    const blocks: SQLInputValue[] = [];
    for (const row of this.#keys.iterate()) {
      const keys = hashesIn(row['keys']);
      if (hashes.some((hash) => keys.includes(hash))) blocks.push(row['first'] ?? null);
    }
    return blocks.flatMap((first) => linesIn(this.#at.get(first)?.['lines']));
  }

  #write({ first, lines, keys }: OpenBlock): void {
    this.#put.run(first, zstdCompressSync(lines.join('\n'), COMPRESSION));
    this.#putKeys.run(first, this.#last, lines.length, new Uint8Array(Uint32Array.from(keys).buffer));
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

function linesIn(blob: unknown): Kept[] {
  const text = zstdDecompressSync(blob as Uint8Array).toString();
  return text.split('\n').map((each) => {
    const line = readLine(each);
    return { sequence: Number(line.label), line };
  });
}

function hashesIn(blob: unknown): Uint32Array {
  const { buffer, byteOffset, byteLength } = new Uint8Array(blob as Uint8Array);
  return new Uint32Array(buffer, byteOffset, byteLength / Uint32Array.BYTES_PER_ELEMENT);
}

function keysOf({ call, decisionId }: Line): number[] {
  const keys = decisionId === '' ? [] : [hashOf(decisionId)];
  if (call !== NOBODY) keys.push(hashOf(call));
  return keys;
}

const NOBODY = nameOf(NO_CALL);

/** FNV-1a of 32 bits: two that fall together cost a look into a block, nothing more. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
