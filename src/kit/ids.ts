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
  return randomBytes(bytes).toString('hex');
}
