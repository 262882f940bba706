import { randomBytes } from 'node:crypto';

/** Odd, and of this process alone: who does not know them cannot choose texts of the same hash. */
const SEED = randomBytes(4).readUInt32LE() | 1;
const FACTOR = randomBytes(4).readUInt32LE() | 1;

/** A hash of 32 bits, for tables of texts that strangers choose. */
export function hashOf(text: string): number {
  let hash = SEED;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FACTOR);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
