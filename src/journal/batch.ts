import type { CallEvent } from './event.ts';
import { isJudgement, packJudgement, unpackJudgement } from './packed.ts';

/** What an event is about, which decides how long it is kept. In the order of their numbers on disk. */
export const SHELVES = ['calls', 'refusals', 'counts'] as const;
export type Shelf = (typeof SHELVES)[number];

/** An event on its way to the disk. */
export interface Entry {
  readonly shelf: Shelf;
  /** Empty when it belongs to no call. */
  readonly callId: string;
  /** Of an event that is a decision; else empty. */
  readonly decisionId: string;
  /** The event as JSON. */
  readonly data: string;
}

/** Where the numbers before each event stand: bytes of all of it, its place among all events, its shelf, bytes of its names. */
const LENGTH = 0;
const SEQUENCE = 4;
const SHELF = 12;
const CALL_LENGTH = 16;
const DECISION_LENGTH = 20;
const HEAD = 24;

/** Most bytes of a char in UTF-8. */
const WIDEST = 3;

/** Bytes that a batch has room for before it grows. */
const ROOM = 320 * 1024;

/**
 * Events one after the other as bytes, so that they are handed to another thread, compressed and kept as they are. Before
 * each stand the names that it is found by, so that only those that are asked for are parsed.
 */
export class Batch {
  #bytes: Buffer<ArrayBuffer>;
  #used = 0;
  #events = 0;

  /** `spare`: bytes of one that is done with, which are written over. */
  constructor(spare?: ArrayBuffer) {
    // One that grew is let go.
    this.#bytes = spare?.byteLength === ROOM ? Buffer.from(spare) : Buffer.allocUnsafeSlow(ROOM);
  }

  get events(): number {
    return this.#events;
  }

  /** Bytes. */
  get size(): number {
    return this.#used;
  }

  /** All of it. */
  get bytes(): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#used);
  }

  add({ shelf, callId, decisionId, data }: Entry): void {
    const begin = this.#used;
    this.#makeRoom(HEAD + WIDEST * (callId.length + decisionId.length + data.length));
    const bytes = this.#bytes;
    const callLength = bytes.write(callId, begin + HEAD, 'utf8');
    const decisionLength = bytes.write(decisionId, begin + HEAD + callLength, 'utf8');
    const namesEnd = begin + HEAD + callLength + decisionLength;
    this.#used = namesEnd + bytes.write(data, namesEnd, 'utf8');
    bytes.writeUInt32LE(this.#used - begin, begin + LENGTH);
    bytes.writeUInt32LE(SHELVES.indexOf(shelf), begin + SHELF);
    bytes.writeUInt32LE(callLength, begin + CALL_LENGTH);
    bytes.writeUInt32LE(decisionLength, begin + DECISION_LENGTH);
    this.#events += 1;
  }

  #makeRoom(more: number): void {
    if (this.#used + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#used + more));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}

/** One event of a batch. */
export class Kept {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  get shelf(): Shelf {
    return SHELVES[this.#bytes.readUInt32LE(SHELF)] ?? 'counts';
  }

  /** Its place among all events of the journal. */
  get sequence(): number {
    return this.#bytes.readDoubleLE(SEQUENCE);
  }

  set sequence(sequence: number) {
    this.#bytes.writeDoubleLE(sequence, SEQUENCE);
  }

  get callName(): Buffer {
    return this.#bytes.subarray(HEAD, HEAD + this.#bytes.readUInt32LE(CALL_LENGTH));
  }

  get decisionName(): Buffer {
    const begin = HEAD + this.#bytes.readUInt32LE(CALL_LENGTH);
    return this.#bytes.subarray(begin, begin + this.#bytes.readUInt32LE(DECISION_LENGTH));
  }

  get callId(): string {
    return this.callName.toString();
  }

  get decisionId(): string {
    return this.decisionName.toString();
  }

  get event(): CallEvent {
    const { length } = this.callName;
    const data = this.#bytes.toString('utf8', HEAD + length + this.decisionName.length);
    const read = JSON.parse(data) as CallEvent | unknown[];
    return Array.isArray(read) ? unpackJudgement(read, this.callId) : read;
  }
}

/** The events of a batch, in their order. */
export function eventsIn(bytes: Buffer): Kept[] {
  const events: Kept[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + LENGTH))
    events.push(new Kept(bytes.subarray(at, at + bytes.readUInt32LE(at + LENGTH))));
  return events;
}

/** An event as it is written. */
export function printEvent(event: CallEvent): string {
  return JSON.stringify(isJudgement(event) ? packJudgement(event) : event);
}
