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
  return randomSlice(bytes).toString('hex');
}

/** Random bytes are asked of the system in blocks of this size: each question costs more than the bytes. */
const BLOCK = 4096;

let block: Buffer = Buffer.alloc(0);
let used = 0;

/** `bytes` random bytes, 4096 at most, which nobody was given before: to be read at once, and never written to. */
export function randomSlice(bytes: number): Buffer {
  if (used + bytes > block.length) {
    block = randomBytes(BLOCK);
    used = 0;
  }
  used += bytes;
  return block.subarray(used - bytes, used);
}
