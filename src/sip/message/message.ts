import { Headers } from './headers.ts';
import { firstValue } from './lists.ts';
import { parseNameAddr } from './nameaddr.ts';
import { codesOf, methodBetween } from './names.ts';
import type { NameAddr } from './nameaddr.ts';
import { reasonPhrase } from './reasons.ts';
import { decimal, isToken, oneLine, skipSpace } from './text.ts';
import { MAX_CSEQ, MAX_FORWARDS } from './limits.ts';
import { parseUri, type SipUri } from '../uri.ts';
import { parseVia } from './via.ts';
import type { Via } from './via.ts';

const NO_BODY: Buffer = Buffer.alloc(0);

/** CSeq: the sequence number and the method it counts (RFC 3261 §20.16). */
interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** What was read from the first value of a header, which version of it that was, and after how many changes of the headers. */
interface Reading<T> {
  readonly version: number;
  readonly changes: number;
  readonly value: T | undefined;
}

const NO_TARGET = { text: '', uri: undefined };

const UNREAD: Reading<never> = { version: 0, changes: -1, value: undefined };

/**
 * Headers and body, and the headers that every element needs, read when first asked for and kept until their
 * value changes. Each is undefined when absent or malformed. What they return is shared: to change a header, set it.
 */
abstract class Message {
  readonly headers: Headers;
  body: Buffer;
  #via: Reading<Via> = UNREAD;
  #from: Reading<NameAddr> = UNREAD;
  #to: Reading<NameAddr> = UNREAD;
  #cseq: Reading<CSeq> = UNREAD;
  #callId: Reading<string> = UNREAD;

  constructor(headers: Headers, body: Buffer) {
    this.headers = headers;
    this.body = body;
  }

  /** The topmost Via. */
  get via(): Via | undefined {
    if (this.#via.changes !== this.headers.changes) this.#via = this.#read('via', this.#via, topVia);
    return this.#via.value;
  }

  /** Puts a Via, which reads as `via`, in place of the topmost one. */
  replaceVia(text: string, via: Via): void {
    this.headers.replaceFirstValue('via', text);
    this.#via = { version: this.headers.versionOf('via'), changes: this.headers.changes, value: via };
  }

  get from(): NameAddr | undefined {
    if (this.#from.changes !== this.headers.changes) this.#from = this.#read('from', this.#from, parseNameAddr);
    return this.#from.value;
  }

  get to(): NameAddr | undefined {
    if (this.#to.changes !== this.headers.changes) this.#to = this.#read('to', this.#to, parseNameAddr);
    return this.#to.value;
  }

  get cseq(): CSeq | undefined {
    if (this.#cseq.changes !== this.headers.changes) this.#cseq = this.#read('cseq', this.#cseq, parseCSeq);
    return this.#cseq.value;
  }

  get callId(): string | undefined {
    if (this.#callId.changes !== this.headers.changes)
      this.#callId = this.#read('call-id', this.#callId, (text) => text || undefined);
    return this.#callId.value;
  }

  get maxForwards(): number | undefined {
    const hops = decimal(this.headers.get('max-forwards') ?? '');
    return hops !== undefined && hops <= MAX_FORWARDS ? hops : undefined;
  }

  /** About how many bytes the message is, without making them. */
  get byteLength(): number {
    return this.startLine.length + this.headers.byteLength + this.body.length;
  }

  /** The message as it goes on the wire, one char a byte, Content-Length made to fit the body. */
  print(): string {
    const head = `${oneLine(this.startLine)}\r\n${this.headers.print(this.body.length)}\r\n`;
    return this.body.length === 0 ? head : head + this.body.toString('latin1');
  }

  /** The same as bytes, for who writes to a socket by itself; a flow takes the text. */
  toBuffer(): Buffer {
    return Buffer.from(this.print(), 'latin1');
  }

  /** The first line, without its line end. */
  abstract get startLine(): string;

  /** Takes over what another read, whose copy this is. */
  protected inherit(other: Message): void {
    this.#via = other.#via;
    this.#from = other.#from;
    this.#to = other.#to;
    this.#cseq = other.#cseq;
    this.#callId = other.#callId;
  }

  #read<T>(id: string, known: Reading<T>, read: (text: string) => T | undefined): Reading<T> {
    const { changes } = this.headers;
    const version = this.headers.versionOf(id);
    if (version === known.version) return { ...known, changes };
    return { version, changes, value: version === 0 ? undefined : read(this.headers.get(id) ?? '') };
  }
}

function topVia(text: string): Via | undefined {
  return parseVia(firstValue(text));
}

/** A request (RFC 3261 §7.1). */
export class SipRequest extends Message {
  method: string;
  /** The Request-URI as written. */
  uri: string;
  #target: { readonly text: string; readonly uri: SipUri | undefined } = NO_TARGET;

  constructor(method: string, uri: string, headers: Headers = new Headers(), body: Buffer = NO_BODY) {
    super(headers, body);
    this.method = method;
    this.uri = uri;
  }

  get startLine(): string {
    return `${this.method} ${this.uri} SIP/2.0`;
  }

  /** What the Request-URI says; undefined when it is malformed. */
  get target(): SipUri | undefined {
    const { uri } = this;
    if (this.#target.text !== uri) this.#target = { text: uri, uri: parseUri(uri) };
    return this.#target.uri;
  }

  /** A copy whose headers change apart; the body's bytes are shared. */
  clone(): SipRequest {
    const copy = new SipRequest(this.method, this.uri, this.headers.clone(), this.body);
    copy.inherit(this);
    copy.#target = this.#target;
    return copy;
  }
}

/** A response (RFC 3261 §7.2). */
export class SipResponse extends Message {
  status: number;
  reason: string;

  constructor(status: number, reason?: string, headers: Headers = new Headers(), body: Buffer = NO_BODY) {
    super(headers, body);
    this.status = status;
    this.reason = reason ?? reasonPhrase(status);
  }

  get startLine(): string {
    return `SIP/2.0 ${this.status} ${this.reason}`;
  }

  /** A copy whose headers change apart; the body's bytes are shared. */
  clone(): SipResponse {
    const copy = new SipResponse(this.status, this.reason, this.headers.clone(), this.body);
    copy.inherit(this);
    return copy;
  }
}

export type SipMessage = SipRequest | SipResponse;

/**
 * The answer to a request (RFC 3261 §8.2.6): its Vias, From, To, Call-ID and CSeq, and Timestamp in a 100.
 * `toTag` is added to a To without a tag; `reason` defaults to the registered phrase.
 */
export function createResponse(request: SipRequest, status: number, reason?: string, toTag?: string): SipResponse {
  const response = new SipResponse(status, reason);
  response.headers.copyFrom(request.headers, status === 100 ? COPIED_TO_100 : COPIED);
  if (toTag !== undefined && request.to?.tag === undefined && request.headers.has('to'))
    response.headers.appendToValue('to', `;tag=${toTag}`);
  return response;
}

const COPIED = codesOf(['via', 'from', 'to', 'call-id', 'cseq']);
const COPIED_TO_100 = codesOf(['via', 'from', 'to', 'call-id', 'cseq', 'timestamp']);

function parseCSeq(text: string): CSeq | undefined {
  let end = 0;
  while (text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end += 1;
  const number = decimal(text.slice(0, end));
  const method = methodBetween(text, skipSpace(text, end), text.length);
  if (number === undefined || number > MAX_CSEQ || method.length === text.length - end || !isToken(method))
    return undefined;
  return { number, method };
}
