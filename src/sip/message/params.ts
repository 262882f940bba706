import {
  isSpelled,
  lower,
  COMMA,
  EQUAL,
  GREATER,
  LESS,
  QUOTE,
  quotedEnd,
  SEMICOLON,
  skipSpace,
  SPACE,
  TAB,
  tokenEnd,
} from './text.ts';

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
  text = '';
  nameStart = 0;
  nameEnd = 0;
  /** -1 when there is only a name. */
  valueStart = -1;
  malformed = false;
  /** Just behind the parameter. */
  end = 0;

  /** Goes before the parameters that begin at `at`. */
  begin(text: string, at: number): this {
    this.text = text;
    this.end = at;
    this.malformed = false;
    return this;
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

  /** Goes to the parameter of this name, which is given in lower case; false when there is none. */
  find(name: string): boolean {
    while (this.step()) if (this.isNamed(name)) return true;
    return false;
  }

  isNamed(name: string): boolean {
    return this.nameEnd - this.nameStart === name.length && isSpelled(this.text, this.nameStart, name);
  }

  get name(): string {
    return this.text.slice(this.nameStart, this.nameEnd).toLowerCase();
  }

  get value(): string | null {
    return this.valueStart < 0 ? null : this.text.slice(this.valueStart, this.end);
  }
}

/** One for all who are done with it before anybody else can ask: several parameters of each message are asked for. */
const cursor = new Cursor();

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
    return cursor.begin(this.#text, this.#at).find(name);
  }

  get(name: string): string | null | undefined {
    return this.has(name) ? cursor.value : undefined;
  }

  *[Symbol.iterator](): Iterator<readonly [string, string | null]> {
    const own = new Cursor().begin(this.#text, this.#at);
    while (own.step()) yield [own.name, own.value];
  }
}

export const NO_PARAMS: Params = new TextParams('', 0, 0);

/** Where the names of the first parameters begin, and end. */
const NAMES = new Uint32Array(2 * FEW);

/**
 * Reads `;name=value` parameters from `at` to the end of the text; undefined when malformed.
 * A name that comes twice is malformed (RFC 3261 §7.3.1): two readers could choose differently.
 */
export function parseParams(text: string, at: number): Params | undefined {
  let size = 0;
  let many: Set<string> | undefined;
  cursor.begin(text, at);
  while (cursor.step()) {
    if (many ? many.has(cursor.name) : isNamedBefore(size)) return undefined;
    if (size < FEW) {
      NAMES[2 * size] = cursor.nameStart;
      NAMES[2 * size + 1] = cursor.nameEnd;
    }
    size += 1;
    if (size === FEW) many = new Set(namesBefore(size));
    else many?.add(cursor.name);
  }
  if (cursor.malformed) return undefined;
  return size === 0 ? NO_PARAMS : new TextParams(text, at, size);
}

/** Whether the parameter at the cursor is named as one of the first `count` is. */
function isNamedBefore(count: number): boolean {
  const { text, nameStart, nameEnd } = cursor;
  for (let index = 0; index < count; index += 1) {
    const start = NAMES[2 * index] ?? 0;
    let same = (NAMES[2 * index + 1] ?? 0) - start === nameEnd - nameStart;
    for (let at = nameStart; same && at < nameEnd; at += 1)
      same = lower(text.charCodeAt(at)) === lower(text.charCodeAt(start + at - nameStart));
    if (same) return true;
  }
  return false;
}

function namesBefore(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    cursor.text.slice(NAMES[2 * index], NAMES[2 * index + 1]).toLowerCase(),
  );
}

/** The text with `value` given to the parameter that has only a name; undefined when there is none such. */
export function fillParam(text: string, at: number, name: string, value: string): string | undefined {
  cursor.begin(text, at);
  while (cursor.find(name))
    if (cursor.valueStart < 0) return `${text.slice(0, cursor.nameEnd)}=${value}${text.slice(cursor.nameEnd)}`;
  return undefined;
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
