import { COMMA, GREATER, LESS, QUOTE, quotedEnd, trimmed } from './text.ts';

/** Where the list value that begins at `at` ends: its comma, outside quotes and `<>`, or the end of the text. */
function valueEnd(text: string, at: number): number {
  let inside = false;
  for (let index = at; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inside) inside = code !== GREATER;
    else if (code === COMMA) return index;
    else if (code === LESS) inside = true;
    else if (code === QUOTE) {
      const end = quotedEnd(text, index);
      if (end < 0) return text.length;
      index = end - 1;
    }
  }
  return text.length;
}

/** The values of a comma-separated list, trimmed, empty ones left out (RFC 3261 §7.3.1). */
export function splitList(text: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = valueEnd(text, at);
    const value = trimmed(text, at, end);
    if (value !== '') values.push(value);
    at = end + 1;
  }
  return values;
}

/** The first value of a list; the whole text when there is only one. */
export function firstValue(text: string): string {
  if (!text.includes(',')) return text;
  return trimmed(text, 0, valueEnd(text, 0));
}

/** What follows the first value of a list; an empty text when there is only one. */
export function afterFirstValue(text: string): string {
  if (!text.includes(',')) return '';
  return trimmed(text, Math.min(valueEnd(text, 0) + 1, text.length), text.length);
}
