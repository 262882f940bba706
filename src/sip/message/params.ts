import { COMMA, EQUAL, GREATER, LESS, QUOTE, quotedEnd, SEMICOLON, skipSpace, SPACE, TAB, tokenEnd } from './text.ts';

/**
 * Parameters by lower-case name, in order. A value is kept as written, quotes included (`unquote` reads it);
 * null when there is only a name.
 */
export type Params = Map<string, string | null>;

/** Parameters that others read too. */
export type ReadonlyParams = ReadonlyMap<string, string | null>;

/**
 * Reads `;name=value` parameters from `at` to the end of the text; undefined when malformed.
 * A name that comes twice is malformed (RFC 3261 §7.3.1): two readers could choose differently.
 */
export function parseParams(text: string, at: number): Params | undefined {
  const params: Params = new Map();
  for (let next = skipSpace(text, at); next < text.length; next = skipSpace(text, next)) {
    if (text.charCodeAt(next) !== SEMICOLON) return undefined;
    const start = skipSpace(text, next + 1);
    const nameEnd = tokenEnd(text, start);
    if (nameEnd === start) return undefined;
    const name = text.slice(start, nameEnd).toLowerCase();
    if (params.has(name)) return undefined;
    next = skipSpace(text, nameEnd);
    if (text.charCodeAt(next) !== EQUAL) {
      params.set(name, null);
      continue;
    }
    const valueStart = skipSpace(text, next + 1);
    next = paramValueEnd(text, valueStart);
    if (next <= valueStart) return undefined;
    params.set(name, text.slice(valueStart, next));
  }
  return params;
}

/** The parameters as text, each with its semicolon. */
export function printParams(params: ReadonlyParams): string {
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
