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

/** Numbers that mark one parameter: where its name begins and ends, and where its value does; -1 without a value. */
const STRIDE = 4;
const NAME_START = 0;
const NAME_END = 1;
const VALUE_START = 2;
const VALUE_END = 3;

/** Parameters above which a repeated name is looked for in a set. */
const FEW = 16;

/** Parameters left in the text that they came in: of each message a few are asked for. */
class TextParams implements Params {
  readonly #text: string;
  readonly #marks: readonly number[];

  constructor(text: string, marks: readonly number[]) {
    this.#text = text;
    this.#marks = marks;
  }

  get size(): number {
    return this.#marks.length / STRIDE;
  }

  has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  get(name: string): string | null | undefined {
    const at = this.#find(name);
    return at < 0 ? undefined : this.#valueAt(at);
  }

  *[Symbol.iterator](): Iterator<readonly [string, string | null]> {
    for (let at = 0; at < this.#marks.length; at += STRIDE) {
      const name = this.#text.slice(this.#marks[at + NAME_START], this.#marks[at + NAME_END]).toLowerCase();
      yield [name, this.#valueAt(at)];
    }
  }

  /** The whole text with `value` given to the parameter that has only a name; undefined when there is none such. */
  fill(name: string, value: string): string | undefined {
    const at = this.#find(name);
    if (at < 0 || this.#valueAt(at) !== null) return undefined;
    const end = this.#marks[at + NAME_END];
    return `${this.#text.slice(0, end)}=${value}${this.#text.slice(end)}`;
  }

  #find(name: string): number {
    const marks = this.#marks;
    for (let at = 0; at < marks.length; at += STRIDE) {
      const start = marks[at + NAME_START] ?? 0;
      if ((marks[at + NAME_END] ?? 0) - start === name.length && isSpelled(this.#text, start, name)) return at;
    }
    return -1;
  }

  #valueAt(at: number): string | null {
    const start = this.#marks[at + VALUE_START] ?? -1;
    return start < 0 ? null : this.#text.slice(start, this.#marks[at + VALUE_END]);
  }
}

export const NO_PARAMS: Params = new TextParams('', []);

/** Marks of the parameters that are being read: one list for all, of which each takes a copy of the right size. */
const reading: number[] = [];

/**
 * Reads `;name=value` parameters from `at` to the end of the text; undefined when malformed.
 * A name that comes twice is malformed (RFC 3261 §7.3.1): two readers could choose differently.
 */
export function parseParams(text: string, at: number): Params | undefined {
  let length = 0;
  let many: Set<string> | undefined;
  for (let next = skipSpace(text, at); next < text.length;) {
    const nameStart = skipSpace(text, next + 1);
    const nameEnd = tokenEnd(text, nameStart);
    if (text.charCodeAt(next) !== SEMICOLON || nameEnd === nameStart) return undefined;
    reading[length + NAME_START] = nameStart;
    reading[length + NAME_END] = nameEnd;
    next = skipSpace(text, nameEnd);
    let valueStart = -1;
    if (text.charCodeAt(next) === EQUAL) {
      valueStart = skipSpace(text, next + 1);
      next = paramValueEnd(text, valueStart);
      if (next <= valueStart) return undefined;
    }
    reading[length + VALUE_START] = valueStart;
    reading[length + VALUE_END] = next;
    length += STRIDE;
    many ??= length === FEW * STRIDE ? new Set() : undefined;
    if (many ? repeats(text, length, many) : isNamedBefore(text, length)) return undefined;
    next = skipSpace(text, next);
  }
  return length === 0 ? NO_PARAMS : new TextParams(text, reading.slice(0, length));
}

/** Whether the last of the parameters is named as one before it is. */
function isNamedBefore(text: string, length: number): boolean {
  const last = length - STRIDE;
  const lastStart = reading[last + NAME_START] ?? 0;
  const size = (reading[last + NAME_END] ?? 0) - lastStart;
  for (let at = 0; at < last; at += STRIDE) {
    const start = reading[at + NAME_START] ?? 0;
    let same = (reading[at + NAME_END] ?? 0) - start === size;
    for (let index = 0; same && index < size; index += 1)
      same = lower(text.charCodeAt(lastStart + index)) === lower(text.charCodeAt(start + index));
    if (same) return true;
  }
  return false;
}

/** The same for many: `names` are those before that were looked at, and gets the others. */
function repeats(text: string, length: number, names: Set<string>): boolean {
  for (let at = names.size * STRIDE; at < length; at += STRIDE) {
    const name = text.slice(reading[at + NAME_START], reading[at + NAME_END]).toLowerCase();
    if (names.has(name)) return true;
    names.add(name);
  }
  return false;
}

/** The text that the parameters were read from, with `value` given to the one that has only a name; undefined when there is none such. */
export function fillParam(params: Params, name: string, value: string): string | undefined {
  return params instanceof TextParams ? params.fill(name, value) : undefined;
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
  while (end < text.length && ENDS_VALUE[text.charCodeAt(end)] !== 1) end += 1;
  return end;
}

const ENDS_VALUE = new Uint8Array(256);
for (const code of [SEMICOLON, SPACE, TAB, COMMA, QUOTE, LESS, GREATER]) ENDS_VALUE[code] = 1;
