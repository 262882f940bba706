// Small scanners over head text: latin1 strings in which one char is one byte (RFC 3261 §25.1).

export const SPACE = 0x20;
export const TAB = 0x09;
export const CR = 0x0d;
export const LF = 0x0a;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const LESS = 0x3c;
export const EQUAL = 0x3d;
export const GREATER = 0x3e;
const BACKSLASH = 0x5c;

const TOKEN_PUNCTUATION = "-.!%*_+`'~";
const TOKEN = new Uint8Array(256);
for (let code = 0; code < 128; code += 1)
  if (/[a-z0-9]/i.test(String.fromCharCode(code)) || TOKEN_PUNCTUATION.includes(String.fromCharCode(code)))
    TOKEN[code] = 1;

/** Where the token that begins at `at` ends; `at` itself when there is none. */
export function tokenEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && TOKEN[text.charCodeAt(end)] === 1) end += 1;
  return end;
}

/** Whether the whole text is one token (RFC 3261 §25.1). */
export function isToken(text: string): boolean {
  return text.length > 0 && tokenEnd(text, 0) === text.length;
}

/** A char code in lower case; those of no ASCII letter unchanged. */
export function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}

/** Whether `letters`, which are lower case, stand at `at` in either case. */
export function isSpelled(text: string, at: number, letters: string): boolean {
  for (let index = 0; index < letters.length; index += 1)
    if (lower(text.charCodeAt(at + index)) !== letters.charCodeAt(index)) return false;
  return true;
}

/** Where the spaces and tabs that begin at `at` end. Folds are already joined when headers are read. */
export function skipSpace(text: string, at: number): number {
  let end = at;
  for (let code = text.charCodeAt(end); code === SPACE || code === TAB; code = text.charCodeAt(end)) end += 1;
  return end;
}

/** The part of `text` from `from` to `to` without the spaces and tabs at its ends. */
export function trimmed(text: string, from: number, to: number): string {
  const start = skipSpace(text, from);
  let end = to;
  while (end > start && (text.charCodeAt(end - 1) === SPACE || text.charCodeAt(end - 1) === TAB)) end -= 1;
  return text.slice(start, end);
}

/** Just behind the quoted string that begins at `at`; -1 when its closing quote is missing. */
export function quotedEnd(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index + 1;
    if (code === BACKSLASH) index += 1;
  }
  return -1;
}

/** A quoted string's content, `\x` read as `x`; any other text unchanged. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE || quotedEnd(text, 0) !== text.length) return text;
  const content = text.slice(1, -1);
  return content.includes('\\') ? content.replaceAll(/\\([^])/g, '$1') : content;
}

/** The text as a quoted string. */
export function quote(text: string): string {
  return TO_ESCAPE.test(text) ? `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${text}"`;
}

const TO_ESCAPE = /["\\]/;

/** The value of a string of digits, undefined for anything else. Values past 2^53 lose precision, never size. */
export function decimal(text: string): number | undefined {
  if (text.length === 0) return undefined;
  let value = 0;
  for (let index = 0; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** Head text read as UTF-8, for comparing, hashing and showing. Invalid sequences become U+FFFD. */
export function fromWire(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** A text as head text: its UTF-8 bytes, one char each. */
export function toWire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Head text safe to put in one line: line breaks become spaces, chars that are no bytes become UTF-8 bytes. */
export function oneLine(text: string): string {
  return NOT_ONE_LINE.test(text) ? rewriteLine(text) : text;
}

const NOT_ONE_LINE = /[\r\n\u0100-\uffff]/;

function rewriteLine(text: string): string {
  const wire = /[\u0100-\uffff]/.test(text) ? toWire(text) : text;
  return wire.replaceAll(/[\r\n]/g, ' ');
}
