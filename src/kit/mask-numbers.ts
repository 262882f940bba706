import { isIP } from 'node:net';

/** A telephone number as people and programs write it: seven digits or more, with visual separators (RFC 3966 §5.1.1). */
const NUMBER = /(?<![\w.-])(?:\+|%2B)?\d(?:[-.() ]{0,2}\d){6,14}(?!\w)/gi;

/** The last four digits of one. */
const ENDING = /\d(?=(?:\D*\d){0,3}\D*$)/g;

/** The text with the last four digits of every telephone number hidden: the country and range stay. Addresses stay whole. */
export function maskNumbers(text: string): string {
  return text.replaceAll(NUMBER, (found) => (isIP(found) === 0 ? found.replaceAll(ENDING, '*') : found));
}
