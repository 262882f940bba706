import type { ParseResult } from './fault.ts';
import { parseHead } from './head.ts';
import type { Flaw } from './head.ts';
import { MAX_DATAGRAM_BYTES, MAX_HEAD_BYTES } from './limits.ts';
import { ownCopy } from './stream.ts';
import { CR, LF } from './text.ts';
import { contentLength, faultOf, validated } from './validate.ts';

export type { ParseFault, ParseResult } from './fault.ts';
export { StreamParser } from './stream.ts';
export { validateRequest } from './validate.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const NO_END: Flaw = { status: 400, reason: 'Missing Blank Line' };
const TOO_LARGE: Flaw = { status: 513, reason: 'Message Too Large' };
const BAD_LENGTH: Flaw = { status: 400, reason: 'Malformed Content-Length' };
const TOO_SHORT: Flaw = { status: 400, reason: 'Body Shorter Than Content-Length' };

/**
 * Reads one datagram (RFC 3261 §18.3). Never throws. Line ends in front are skipped; nothing but line ends is a
 * keep-alive. The message keeps none of `bytes`, which may be used again.
 */
export function parseDatagram(bytes: Buffer): ParseResult {
  const start = afterBreaks(bytes);
  if (start === bytes.length) return { keepalive: true };
  const blank = bytes.indexOf(HEAD_END, start);
  const headEnd = blank < 0 ? bytes.length : blank + 2;
  const { message, flaw } = parseHead(bytes.toString('latin1', start, Math.min(headEnd, start + MAX_HEAD_BYTES)));
  if (!message) return { fault: flaw };
  const bodyStart = headEnd + 2;
  const present = bytes.length - bodyStart;
  const announced = contentLength(message.headers);
  const problem =
    sizeFlaw(bytes.length, headEnd - start) ?? (blank < 0 ? NO_END : flaw) ?? lengthFlaw(announced, present);
  if (problem) return { fault: faultOf(message, problem) };
  const length = typeof announced === 'number' ? announced : present;
  if (length > 0) message.body = ownCopy(bytes, bodyStart, length);
  return validated(message);
}

function afterBreaks(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === CR || bytes[at] === LF) at += 1;
  return at;
}

function sizeFlaw(total: number, head: number): Flaw | undefined {
  return total > MAX_DATAGRAM_BYTES || head > MAX_HEAD_BYTES ? TOO_LARGE : undefined;
}

// RFC 3261 §18.3: bytes beyond the announced length are dropped; too few of them are an error.
function lengthFlaw(announced: number | 'malformed' | undefined, present: number): Flaw | undefined {
  if (announced === 'malformed') return BAD_LENGTH;
  return announced !== undefined && announced > present ? TOO_SHORT : undefined;
}
