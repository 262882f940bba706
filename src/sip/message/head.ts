import type { ParseFault } from './fault.ts';
import { Lines, type Headers } from './headers.ts';
import { MAX_HEADER_BYTES, MAX_HEADERS } from './limits.ts';
import { SipRequest, SipResponse } from './message.ts';
import { methodBetween } from './names.ts';
import type { SipMessage } from './message.ts';
import { COLON, decimal, isToken, oneLine, SPACE, TAB, tokenEnd, trimmed } from './text.ts';

/** What is wrong, before it is known whom to tell. */
export type Flaw = Pick<ParseFault, 'status' | 'reason' | 'fatal'>;

/**
 * A head that was read: a message still without its body, and the first thing that is wrong with it.
 * No message when the first line is neither a request line nor a status line.
 */
export type Head =
  | { readonly message: SipMessage; readonly flaw: Flaw | undefined }
  | { readonly message: undefined; readonly flaw: Flaw };

const BAD_START: Flaw = { status: 400, reason: 'Malformed Start Line' };
const BAD_VERSION: Flaw = { status: 505, reason: 'Version Not Supported' };
const BAD_LINE: Flaw = { status: 400, reason: 'Malformed Header Line' };
const STRAY_BREAK: Flaw = { status: 400, reason: 'Stray Line Break', fatal: true };
const TOO_MANY: Flaw = { status: 400, reason: 'Too Many Headers', fatal: true };
const TOO_LARGE: Flaw = { status: 513, reason: 'Header Too Large', fatal: true };

const NO_START: Head = { message: undefined, flaw: BAD_START };

/**
 * Reads start line and header lines; `text` goes from the start line to the CRLF that ends the last line.
 * Lines are collected past the first flaw, because the answer needs them.
 */
export function parseHead(text: string): Head {
  const reader = new HeadReader(text);
  const line = reader.startLine();
  while (reader.more) reader.header();
  const start = parseStartLine(line, reader.headers());
  return start.message ? { message: start.message, flaw: graver(start.flaw, reader.flaw) } : start;
}

// The first flaw is told, but never in place of one that loses the border of the message.
function graver(first: Flaw | undefined, second: Flaw | undefined): Flaw | undefined {
  return second?.fatal && !first?.fatal ? second : (first ?? second);
}

/** Walks over the head once, line by line. */
class HeadReader {
  readonly #text: string;
  readonly #lines: Lines;
  #at = 0;
  /** Whether the line just read holds a break that ends no line, or has no end. */
  #torn = false;
  flaw: Flaw | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#lines = new Lines(text);
  }

  get more(): boolean {
    return this.#at < this.#text.length;
  }

  /** The first line, which cannot be folded (RFC 3261 §7.3.1). */
  startLine(): string {
    const end = this.#skipLine();
    if (this.#atFold()) this.#blame(BAD_LINE);
    return this.#text.slice(0, end);
  }

  /** Takes up the next header line with the lines folded under it. */
  header(): void {
    const start = this.#at;
    let end = this.#skipLine();
    if (!this.#atFold()) return this.#add(start, end);
    while (this.#atFold()) end = this.#skipLine();
    this.#addLoose(unfold(this.#text.slice(start, end)));
  }

  headers(): Headers {
    if (this.#lines.size > MAX_HEADERS) this.#blame(TOO_MANY);
    return this.#lines.done();
  }

  // A CR or LF alone is never legal, and another element might take it for a line end: blamed, not repaired.
  #skipLine(): number {
    const text = this.#text;
    let end = text.indexOf('\r', this.#at);
    this.#torn = text.indexOf('\n', this.#at) !== end + 1;
    if (this.#torn) {
      this.#blame(STRAY_BREAK);
      end = text.indexOf('\r\n', this.#at);
      if (end < 0) end = text.length;
    }
    this.#at = end + 2;
    return end;
  }

  #atFold(): boolean {
    return isBlank(this.#text.charCodeAt(this.#at));
  }

  #add(start: number, end: number): void {
    const text = this.#text;
    const colon = tokenEnd(text, start);
    const usual =
      !this.#torn &&
      colon > start &&
      text.charCodeAt(colon) === COLON &&
      text.charCodeAt(colon + 1) === SPACE &&
      end > colon + 2 &&
      !isBlank(text.charCodeAt(colon + 2)) &&
      !isBlank(text.charCodeAt(end - 1));
    if (!usual) return this.#addLoose(text.slice(start, end));
    if (end - start > MAX_HEADER_BYTES) this.#blame(TOO_LARGE);
    this.#lines.add(start, colon, end);
  }

  #addLoose(line: string): void {
    if (line.length > MAX_HEADER_BYTES) this.#blame(TOO_LARGE);
    const colon = line.indexOf(':');
    const name = trimmed(line, 0, Math.max(colon, 0));
    if (!isToken(name)) return this.#blame(BAD_LINE);
    this.#lines.addLoose(name, oneLine(trimmed(line, colon + 1, line.length)));
  }

  #blame(flaw: Flaw): void {
    this.flaw = graver(this.flaw, flaw);
  }
}

// The URI is whatever stands between the first and the last space, so that a request with more spaces than the
// one allowed (RFC 3261 §7.1) can still be answered.
function parseStartLine(line: string, headers: Headers): Head {
  const first = line.indexOf(' ');
  const word = line.slice(0, first);
  if (isVersion(word)) {
    const message = parseStatusLine(line.slice(first + 1), headers);
    return message ? { message, flaw: versionFlaw(word) } : NO_START;
  }
  const end = line.trimEnd();
  const last = end.lastIndexOf(' ');
  const version = end.slice(last + 1);
  if (last <= first || !isVersion(version) || !isToken(word)) return NO_START;
  const message = new SipRequest(methodBetween(line, 0, first), line.slice(first + 1, last), headers);
  return { message, flaw: end === line ? versionFlaw(version) : BAD_START };
}

// Exactly three digits, so that no big number wraps into a status (RFC 4475 §3.1.2.19).
function parseStatusLine(rest: string, headers: Headers): SipResponse | undefined {
  const status = rest.length === 3 || rest.charCodeAt(3) === SPACE ? decimal(rest.slice(0, 3)) : undefined;
  if (status === undefined || status < 100 || status > 699) return undefined;
  return new SipResponse(status, rest.slice(4), headers);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function isVersion(text: string): boolean {
  return text.length > 4 && text.slice(0, 4).toUpperCase() === 'SIP/';
}

function versionFlaw(version: string): Flaw | undefined {
  return version === 'SIP/2.0' || version.toUpperCase() === 'SIP/2.0' ? undefined : BAD_VERSION;
}

// RFC 3261 §7.3.1: a line end with the blanks round it reads as one space.
function unfold(text: string): string {
  return text
    .split('\r\n')
    .map((part) => trimmed(part, 0, part.length))
    .join(' ');
}
