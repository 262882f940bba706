import type { ParseFault, ParseResult } from './fault.ts';
import { parseHead } from './head.ts';
import type { Flaw } from './head.ts';
import { MAX_HEAD_BYTES, MAX_STREAM_MESSAGE_BYTES } from './limits.ts';
import type { SipMessage } from './message.ts';
import { CR, LF } from './text.ts';
import { contentLength, faultOf, validated } from './validate.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const EMPTY = Buffer.alloc(0);
const SMALLEST_STORE = 2048;
const NO_LENGTH: Flaw = { status: 400, reason: 'Missing Content-Length', fatal: true };
const BAD_LENGTH: Flaw = { status: 400, reason: 'Malformed Content-Length', fatal: true };
const TOO_LARGE: Flaw = { status: 513, reason: 'Message Too Large', fatal: true };

/** A message whose head has come and whose body is awaited. */
interface Pending {
  readonly message: SipMessage;
  readonly flaw: Flaw | undefined;
  readonly headBytes: number;
  readonly bodyBytes: number;
}

/**
 * Cuts a byte stream into messages by Content-Length (RFC 3261 §18.3). After each `push`, call `next` until it
 * returns undefined; then no more than one unfinished message is kept. A fatal fault ends the parser: it takes and
 * returns nothing more, and the connection is to be closed.
 */
export class StreamParser {
  // Bytes between #start and #end are unread. A store is written only behind #end, never moved within itself.
  #store: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  #ownStore = false;
  /** How many unread bytes are known to hold no blank line, so that every byte is searched once. */
  #searched = 0;
  #afterBreak = false;
  #pending: Pending | undefined;
  #ended = false;

  /** How many bytes of an unfinished message are held. */
  get buffered(): number {
    return this.#end - this.#start + (this.#pending?.headBytes ?? 0);
  }

  /** Takes bytes as they came; the parser may keep the chunk itself. */
  push(chunk: Buffer): void {
    if (this.#ended || chunk.length === 0) return;
    if (this.#start === this.#end) {
      this.#use(chunk, chunk.length, false);
      return;
    }
    const unread = this.#end - this.#start;
    if (!this.#ownStore || this.#end + chunk.length > this.#store.length) {
      const grown = Buffer.allocUnsafe(Math.max(SMALLEST_STORE, 2 * (unread + chunk.length)));
      this.#store.copy(grown, 0, this.#start, this.#end);
      this.#use(grown, unread, true);
    }
    chunk.copy(this.#store, this.#end);
    this.#end += chunk.length;
  }

  /** The next message or fault; 'ping' for a keep-alive that wants CRLF back (RFC 5626 §3.5.1); undefined: wait. */
  next(): ParseResult | 'ping' | undefined {
    if (this.#ended) return undefined;
    if (!this.#pending) {
      if (this.#skipBreaks()) return 'ping';
      const fault = this.#readHead();
      if (fault) return this.#fail(fault);
    }
    const pending = this.#pending;
    if (!pending || this.#end - this.#start < pending.bodyBytes) return undefined;
    this.#pending = undefined;
    const { message, flaw, bodyBytes } = pending;
    if (bodyBytes > 0) message.body = ownCopy(this.#store, this.#start, bodyBytes);
    this.#consume(bodyBytes);
    return flaw ? { fault: faultOf(message, flaw) } : validated(message);
  }

  /** Reads the head when all of it has come; returns what makes it impossible to go on. */
  #readHead(): ParseFault | undefined {
    const unread = this.#store.subarray(this.#start, this.#end);
    const blank = unread.indexOf(HEAD_END, Math.max(0, this.#searched - HEAD_END.length + 1));
    this.#searched = unread.length;
    if (blank > MAX_HEAD_BYTES || (blank < 0 && unread.length > MAX_HEAD_BYTES)) return oversized(unread);
    if (blank < 0) return undefined;
    const { message, flaw } = parseHead(unread.toString('latin1', 0, blank + 2));
    if (!message) return flaw;
    const headBytes = blank + HEAD_END.length;
    const bodyBytes = contentLength(message.headers);
    const fatal = flaw?.fatal ? flaw : framingFlaw(headBytes, bodyBytes);
    if (fatal || typeof bodyBytes !== 'number') return faultOf(message, fatal ?? NO_LENGTH);
    this.#pending = { message, flaw, headBytes, bodyBytes };
    this.#consume(headBytes);
    return undefined;
  }

  /** Skips line ends between messages; true as soon as two in a row were seen. */
  #skipBreaks(): boolean {
    while (this.#store[this.#start] === CR && this.#start + 1 < this.#end && this.#store[this.#start + 1] === LF) {
      this.#consume(2);
      this.#afterBreak = !this.#afterBreak;
      if (!this.#afterBreak) return true;
    }
    const onlyHalf = this.#end - this.#start === 1 && this.#store[this.#start] === CR;
    if (this.#start < this.#end && !onlyHalf) this.#afterBreak = false;
    return false;
  }

  #consume(bytes: number): void {
    this.#start += bytes;
    this.#searched = 0;
    // A quiet connection holds no memory.
    if (this.#start === this.#end) this.#use(EMPTY, 0, false);
  }

  #use(store: Buffer, end: number, own: boolean): void {
    this.#store = store;
    this.#start = 0;
    this.#end = end;
    this.#ownStore = own;
  }

  #fail(fault: ParseFault): ParseResult {
    this.#ended = true;
    this.#use(EMPTY, 0, false);
    return { fault: { ...fault, fatal: true } };
  }
}

function framingFlaw(headBytes: number, bodyBytes: number | 'malformed' | undefined): Flaw | undefined {
  if (bodyBytes === undefined) return NO_LENGTH;
  if (bodyBytes === 'malformed') return BAD_LENGTH;
  return headBytes + bodyBytes > MAX_STREAM_MESSAGE_BYTES ? TOO_LARGE : undefined;
}

// The lines that did come are read, as the answer needs them; the last one may be cut short and is left out.
function oversized(bytes: Buffer): ParseFault {
  const text = bytes.toString('latin1', 0, MAX_HEAD_BYTES);
  const { message } = parseHead(text.slice(0, text.lastIndexOf('\r\n') + 2));
  return message ? faultOf(message, TOO_LARGE) : TOO_LARGE;
}

/** Bytes with memory of their own: a small body held by a transaction must not hold a whole read buffer, nor a block of the runtime's pool. */
export function ownCopy(from: Buffer, start: number, bytes: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes);
  from.copy(copy, 0, start, start + bytes);
  return copy;
}
