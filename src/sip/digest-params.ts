import { COMMA, EQUAL, isSpelled, QUOTE, quotedEnd, skipSpace, tokenEnd, unquote } from './message/text.ts';

/** The fields of a challenge or of credentials by lower-case name, unquoted and unescaped. */
export type AuthParams = ReadonlyMap<string, string>;

/**
 * Reads the fields of a `Digest` challenge or of `Digest` credentials (RFC 7616 §3.3, §3.4). Undefined for any other
 * scheme (RFC 3261 §22.1 forbids Basic), and when malformed; a field that comes twice is.
 */
export function parseAuthParams(headerValue: string): AuthParams | undefined {
  const start = skipSpace(headerValue, 0);
  const schemeEnd = tokenEnd(headerValue, start);
  if (headerValue.slice(start, schemeEnd).toLowerCase() !== 'digest') return undefined;
  const params = new Map<string, string>();
  let at = skipSpace(headerValue, schemeEnd);
  if (at === schemeEnd) return undefined;
  while (at < headerValue.length) {
    const nameEnd = tokenEnd(headerValue, at);
    const equal = skipSpace(headerValue, nameEnd);
    const valueAt = skipSpace(headerValue, equal + 1);
    const valueEnd = authValueEnd(headerValue, valueAt);
    const name = nameBetween(headerValue, at, nameEnd);
    if (name === '' || headerValue.charCodeAt(equal) !== EQUAL || valueEnd < 0 || params.has(name)) return undefined;
    params.set(name, unquote(headerValue.slice(valueAt, valueEnd)));
    at = skipSpace(headerValue, valueEnd);
    if (at === headerValue.length) return params;
    if (headerValue.charCodeAt(at) !== COMMA) return undefined;
    while (headerValue.charCodeAt(at) === COMMA) at = skipSpace(headerValue, at + 1);
  }
  return params;
}

/** Fields that every answer has (RFC 7616 §3.4). */
const USUAL = ['username', 'realm', 'nonce', 'uri', 'response', 'algorithm', 'cnonce', 'qop', 'nc', 'opaque'];

/** The name in lower case; of the usual ones always the same text, which a Map takes as it is. */
function nameBetween(text: string, at: number, end: number): string {
  for (const name of USUAL) if (name.length === end - at && isSpelled(text, at, name)) return name;
  return text.slice(at, end).toLowerCase();
}

// A value that should be quoted but is not is taken up to the next comma or space: `uri=sip:x` is common.
function authValueEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return quotedEnd(text, at);
  let end = at;
  while (
    end < text.length &&
    text.charCodeAt(end) > 0x20 &&
    text.charCodeAt(end) !== COMMA &&
    text.charCodeAt(end) !== QUOTE
  )
    end += 1;
  return end === at ? -1 : end;
}
