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

/** Few parameters, read from each message many times over: a Map would take several times the memory, and time to make. */
class ParamList implements Params {
  readonly #names: readonly string[];
  readonly #values: readonly (string | null)[];

  constructor(names: readonly string[], values: readonly (string | null)[]) {
    this.#names = names;
    this.#values = values;
  }

  get size(): number {
    return this.#names.length;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  get(name: string): string | null | undefined {
    const index = this.#names.indexOf(name);
    return index < 0 ? undefined : this.#values[index];
  }

  *[Symbol.iterator](): Iterator<readonly [string, string | null]> {
    for (const [index, name] of this.#names.entries()) yield [name, this.#values[index] ?? null];
  }
}

export const NO_PARAMS: Params = new ParamList([], []);

/**
 * Reads `;name=value` parameters from `at` to the end of the text; undefined when malformed.
 * A name that comes twice is malformed (RFC 3261 §7.3.1): two readers could choose differently.
 */
export function parseParams(text: string, at: number): Params | undefined {
  let next = skipSpace(text, at);
  if (next === text.length) return NO_PARAMS;
  const names: string[] = [];
  const values: (string | null)[] = [];
  let many: Set<string> | undefined;
  for (; next < text.length; next = skipSpace(text, next)) {
    if (text.charCodeAt(next) !== SEMICOLON) return undefined;
    const start = skipSpace(text, next + 1);
    const nameEnd = tokenEnd(text, start);
    if (nameEnd === start) return undefined;
    const name = text.slice(start, nameEnd).toLowerCase();
    if (many ? many.has(name) : names.includes(name)) return undefined;
    names.push(name);
    many?.add(name);
    if (names.length === FEW) many = new Set(names);
    next = skipSpace(text, nameEnd);
    if (text.charCodeAt(next) !== EQUAL) {
      values.push(null);
      continue;
    }
    const valueStart = skipSpace(text, next + 1);
    next = paramValueEnd(text, valueStart);
    if (next <= valueStart) return undefined;
    values.push(text.slice(valueStart, next));
  }
  return new ParamList(names, values);
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
