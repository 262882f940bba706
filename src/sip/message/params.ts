import { COMMA, EQUAL, GREATER, LESS, QUOTE, quotedEnd, SEMICOLON, skipSpace, SPACE, TAB, tokenEnd } from './text.ts';

/**
 * Parameters by lower-case name, in order. A value is kept as written, quotes included (`unquote` reads it);
 * null when there is only a name. A Map is one too, for who has to change them.
 */
export interface Params extends Iterable<readonly [name: string, value: string | null]> {
  readonly size: number;
  has(name: string): boolean;
  get(name: string): string | null | undefined;
}

/** Parameters above which a repeated name is looked for in a set. */
const FEW = 16;

/** Walks over the parameters of a text. */
class Cursor {
  readonly text: string;
  nameStart = 0;
  nameEnd = 0;
  /** -1 when there is only a name. */
  valueStart = -1;
  malformed = false;
  /** Just behind the parameter. */
  end: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.end = at;
  }

  /** Goes to the next parameter; false when there is none, or none that can be read. */
  step(): boolean {
    const { text } = this;
    const next = skipSpace(text, this.end);
    if (next >= text.length) return false;
    this.nameStart = skipSpace(text, next + 1);
    this.nameEnd = tokenEnd(text, this.nameStart);
    this.malformed = text.charCodeAt(next) !== SEMICOLON || this.nameEnd === this.nameStart;
    this.end = skipSpace(text, this.nameEnd);
    this.valueStart = -1;
    if (this.malformed || text.charCodeAt(this.end) !== EQUAL) return !this.malformed;
    this.valueStart = skipSpace(text, this.end + 1);
    this.end = paramValueEnd(text, this.valueStart);
    this.malformed = this.end <= this.valueStart;
    return !this.malformed;
  }

  /** Whether the parameter has this name, which is given in lower case. */
  isNamed(name: string): boolean {
    if (this.nameEnd - this.nameStart !== name.length) return false;
    for (let index = 0; index < name.length; index += 1)
      if (lower(this.text.charCodeAt(this.nameStart + index)) !== name.charCodeAt(index)) return false;
    return true;
  }

  get name(): string {
    return this.text.slice(this.nameStart, this.nameEnd).toLowerCase();
  }

  get value(): string | null {
    return this.valueStart < 0 ? null : this.text.slice(this.valueStart, this.end);
  }
}

/** Parameters left in the text that they came in: of each message a few are asked for, and most of them once. */
class TextParams implements Params {
  readonly #text: string;
  readonly #at: number;
  readonly size: number;

  constructor(text: string, at: number, size: number) {
    this.#text = text;
    this.#at = at;
    this.size = size;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  get(name: string): string | null | undefined {
    return this.#find(name)?.value;
  }

  *[Symbol.iterator](): Iterator<readonly [string, string | null]> {
    const cursor = new Cursor(this.#text, this.#at);
    while (cursor.step()) yield [cursor.name, cursor.value];
  }

  #find(name: string): Cursor | undefined {
    const cursor = new Cursor(this.#text, this.#at);
    while (cursor.step()) if (cursor.isNamed(name)) return cursor;
    return undefined;
  }
}

export const NO_PARAMS: Params = new TextParams('', 0, 0);

/**
 * Reads `;name=value` parameters from `at` to the end of the text; undefined when malformed.
 * A name that comes twice is malformed (RFC 3261 §7.3.1): two readers could choose differently.
 */
export function parseParams(text: string, at: number): Params | undefined {
  const cursor = new Cursor(text, at);
  let size = 0;
  let many: Set<string> | undefined;
  while (cursor.step()) {
    if (many ? many.has(cursor.name) : isNamedBefore(cursor, at)) return undefined;
    size += 1;
    many?.add(cursor.name);
    if (size === FEW) many = new Set([...new TextParams(text, at, size)].map(([name]) => name));
  }
  if (cursor.malformed) return undefined;
  return size === 0 ? NO_PARAMS : new TextParams(text, at, size);
}

/** The text with `value` given to the parameter that has only a name; undefined when there is none such. */
export function fillParam(text: string, at: number, name: string, value: string): string | undefined {
  const cursor = new Cursor(text, at);
  while (cursor.step())
    if (cursor.isNamed(name) && cursor.valueStart < 0)
      return `${text.slice(0, cursor.nameEnd)}=${value}${text.slice(cursor.nameEnd)}`;
  return undefined;
}

function isNamedBefore(cursor: Cursor, at: number): boolean {
  const { text, nameStart, nameEnd } = cursor;
  const earlier = new Cursor(text, at);
  while (earlier.step() && earlier.nameStart < nameStart)
    if (earlier.nameEnd - earlier.nameStart === nameEnd - nameStart && earlier.isNamed(cursor.name)) return true;
  return false;
}

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}

/** The parameters as text, each with its semicolon. */
export function printParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === null ? `;${name}` : `;${name}=${value}`;
  return text;
}

// Wider than the grammar's token / host / quoted-string: only what could end the parameter ends it.
function paramValueEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return quotedEnd(text, at);
  let end = at;
  while (end < text.length && !endsValue(text.charCodeAt(end))) end += 1;
  return end;
}

function endsValue(code: number): boolean {
  return (
    code === SEMICOLON ||
    code === SPACE ||
    code === TAB ||
    code === COMMA ||
    code === QUOTE ||
    code === LESS ||
    code === GREATER
  );
}
