import { randomBytes, randomInt, randomUUID } from 'node:crypto';

const LOWER_ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A random UUID, version 4. */
export function uuid(): string {
  return randomUUID();
}

/** `length` random characters of a–z and 0–9, evenly distributed. */
export function alphanumeric(length: number): string {
  let text = '';
  for (let index = 0; index < length; index += 1) text += LOWER_ALPHANUMERIC[randomInt(LOWER_ALPHANUMERIC.length)];
  return text;
}

/** `bytes` random bytes as lower-case hexadecimal digits. */
export function hex(bytes: number): string {
  return takeRandom(bytes).toString('hex', used - bytes, used);
}

/** Random bytes are asked of the system in blocks of this size: each question costs more than the bytes. */
const BLOCK = 4096;

let block: Buffer = Buffer.alloc(0);
let used = 0;

/** `bytes` random bytes, 4096 at most, which nobody was given before: to be read at once, and never written to. */
export function randomSlice(bytes: number): Buffer {
  return takeRandom(bytes).subarray(used - bytes, used);
}

/** The block in which so many bytes up to `used` are now taken. */
function takeRandom(bytes: number): Buffer {
  if (used + bytes > block.length) {
    block = randomBytes(BLOCK);
    used = 0;
  }
  used += bytes;
  return block;
}

const LAST_INSTANT = 2 ** 48 - 1;

/**
 * 32 hexadecimal digits that name something new: the first twelve count down with the time of its making, so that in
 * the order of names the newest comes first; the other twenty are random. `now` is milliseconds since the epoch.
 */
export function newestFirst(now: number): string {
  return (LAST_INSTANT - now).toString(16).padStart(12, '0') + hex(10);
}
