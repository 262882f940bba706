import type { Flow } from '../transport/transport.ts';
import type { Key } from './keys.ts';
import { PlaceIndex } from './place-index.ts';
import type { ClientUser, LateListener } from './transaction.ts';

/** The parts of a transaction with a final response that still matter. */
export interface Remains {
  /** Of the transaction. */
  readonly key: Key;
  /** The tag that we gave to To; empty for a client transaction. */
  readonly toTag?: string;
  /** An INVITE that we answered with a 2xx, whose ACK is not ours. */
  readonly accepted?: boolean;
  /** What each repeat gets, of the request or of its refusal; undefined: it is absorbed. */
  readonly reply?: string | undefined;
  /** Where the reply goes, or a further 2xx; undefined where nothing is sent any more. */
  readonly flow?: Flow | undefined;
  /** Of an INVITE that we sent: hears of every further 2xx (RFC 6026 §7.2). */
  readonly user?: ClientUser | LateListener | undefined;
  /** What a late listener has to know. */
  readonly note?: string;
}

/** Bytes of a block; remains that are longer get one of their own size. */
const BLOCK = 64 * 1024;

/** Blocks that are done with and kept, to be written over. */
const SPARES = 8;

/** What stands before the texts of each: bytes of all of it, hash of the key, when it ends, the lengths of its texts. */
const SIZE = 0;
const HASH = 4;
const UNTIL = 8;
const KEY_LENGTH = 16;
const TAG_LENGTH = 20;
const NOTE_LENGTH = 24;
/** Its place among the objects of the block. */
const ORDINAL = 28;
const FLAGS = 32;
const HEAD = 33;

const ACCEPTED = 1;
const REPLIES = 2;
const GONE = 4;

/** Remains one after the other; the objects are few, for many share them. */
interface Block {
  readonly bytes: Buffer;
  used: number;
  readonly flows: (Flow | undefined)[];
  readonly users: Remains['user'][];
}

/**
 * What is left of transactions that all last equally long, in the order in which they end. It is kept as bytes: as objects,
 * a hundred thousand of them for half a minute each, V8 would copy and mark them again and again while calls wait.
 */
export class RemainsQueue {
  readonly #index = new PlaceIndex();
  readonly #blocks: Block[] = [];
  readonly #spares: Buffer[] = [];
  /** How many blocks there were before those that are here. */
  #dropped = 0;
  /** Where in the first block the one stands that ends next. */
  #begin = 0;
  #bytes = 0;

  /** Bytes that its blocks take. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#index.size;
  }

  /**
   * The place that it gets is that of no other one, ever. `until`, when it ends, must not be before that of the last one.
   * Texts are head texts, one char a byte.
   */
  add({ key, toTag = '', accepted = false, reply, flow, user, note = '' }: Remains, until: number): number {
    const text = `${key.text}${toTag}${note}${reply ?? ''}`;
    const block = this.#blockFor(HEAD + text.length);
    const { bytes, used, flows, users } = block;
    bytes.writeUInt32LE(HEAD + text.length, used + SIZE);
    bytes.writeUInt32LE(key.hash, used + HASH);
    bytes.writeDoubleLE(until, used + UNTIL);
    bytes.writeUInt32LE(key.text.length, used + KEY_LENGTH);
    bytes.writeUInt32LE(toTag.length, used + TAG_LENGTH);
    bytes.writeUInt32LE(note.length, used + NOTE_LENGTH);
    bytes.writeUInt32LE(flows.length, used + ORDINAL);
    bytes.writeUInt8((accepted ? ACCEPTED : 0) | (reply === undefined ? 0 : REPLIES), used + FLAGS);
    bytes.write(text, used + HEAD, 'latin1');
    flows.push(flow);
    users.push(user);
    block.used += HEAD + text.length;
    const place = (this.#dropped + this.#blocks.length - 1) * BLOCK + used;
    this.#index.add(key.hash, place);
    return place;
  }

  /** The place of what has this key; undefined when it is not here. */
  find({ text, hash }: Key): number | undefined {
    return this.#index.find(hash, (place) => this.at(place)?.key === text);
  }

  /** The place of the one that ends next; undefined when there is none. */
  get next(): number | undefined {
    return this.size > 0 ? this.#dropped * BLOCK + this.#begin : undefined;
  }

  /** What stands at a place, read when it is asked for; undefined once it was deleted. */
  at(place: number): Remain | undefined {
    const block = this.#blocks[Math.floor(place / BLOCK) - this.#dropped];
    const remain = block && new Remain(block, place % BLOCK);
    return remain?.isGone === false ? remain : undefined;
  }

  /** False when it is no longer here. */
  delete(place: number): boolean {
    const remain = this.at(place);
    if (!remain) return false;
    this.#index.delete(remain.hash, place);
    remain.remove();
    this.#skipGone();
    return true;
  }

  clear(): void {
    for (let place = this.next; place !== undefined; place = this.next) this.delete(place);
  }

  #blockFor(size: number): Block {
    const last = this.#blocks.at(-1);
    if (last && last.used + size <= last.bytes.length) return last;
    const bytes = (size <= BLOCK && this.#spares.pop()) || Buffer.allocUnsafeSlow(Math.max(size, BLOCK));
    const block = { bytes, used: 0, flows: [], users: [] };
    this.#blocks.push(block);
    this.#bytes += bytes.length;
    return block;
  }

  /** Lets go of those at the front that were deleted, and of blocks with them. */
  #skipGone(): void {
    for (let block = this.#blocks[0]; block; block = this.#blocks[0]) {
      while (this.#begin < block.used) {
        const remain = new Remain(block, this.#begin);
        if (!remain.isGone) return;
        this.#begin += remain.size;
      }
      this.#blocks.shift();
      this.#dropped += 1;
      this.#begin = 0;
      this.#bytes -= block.bytes.length;
      if (block.bytes.length === BLOCK && this.#spares.length < SPARES) this.#spares.push(block.bytes);
    }
  }
}

/** What is left of one transaction, where it stands in a block. */
class Remain {
  readonly #block: Block;
  readonly #at: number;

  constructor(block: Block, at: number) {
    this.#block = block;
    this.#at = at;
  }

  get size(): number {
    return this.#number(SIZE);
  }

  get hash(): number {
    return this.#number(HASH);
  }

  get until(): number {
    return this.#block.bytes.readDoubleLE(this.#at + UNTIL);
  }

  get isGone(): boolean {
    return this.#is(GONE);
  }

  get isAccepted(): boolean {
    return this.#is(ACCEPTED);
  }

  get key(): string {
    return this.#text(0, this.#number(KEY_LENGTH));
  }

  get toTag(): string {
    return this.#text(this.#number(KEY_LENGTH), this.#number(TAG_LENGTH));
  }

  get note(): string {
    return this.#text(this.#number(KEY_LENGTH) + this.#number(TAG_LENGTH), this.#number(NOTE_LENGTH));
  }

  get reply(): string | undefined {
    if (!this.#is(REPLIES)) return undefined;
    const before = this.#number(KEY_LENGTH) + this.#number(TAG_LENGTH) + this.#number(NOTE_LENGTH);
    return this.#text(before, this.size - HEAD - before);
  }

  get flow(): Flow | undefined {
    return this.#block.flows[this.#number(ORDINAL)];
  }

  get user(): Remains['user'] {
    return this.#block.users[this.#number(ORDINAL)];
  }

  /** Its user hears no more. */
  dismissUser(): void {
    this.#block.users[this.#number(ORDINAL)] = undefined;
  }

  remove(): void {
    this.#block.bytes.writeUInt8(GONE, this.#at + FLAGS);
    this.#block.flows[this.#number(ORDINAL)] = undefined;
    this.dismissUser();
  }

  #is(flag: number): boolean {
    return (this.#block.bytes.readUInt8(this.#at + FLAGS) & flag) !== 0;
  }

  #number(field: number): number {
    return this.#block.bytes.readUInt32LE(this.#at + field);
  }

  #text(from: number, length: number): string {
    const begin = this.#at + HEAD + from;
    return this.#block.bytes.toString('latin1', begin, begin + length);
  }
}
