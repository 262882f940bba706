import { createHmac } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';

/** Milliseconds that one key signs. */
const DAY = 86_400_000;

/**
 * The keys that nonces are signed with, a new one each day (UTC), derived from one secret: edges that share the secret
 * agree without talking. The day before still verifies, for nonces made just before midnight; so does the day after,
 * for those of an edge whose clock is a little ahead.
 */
export function dailyNonceKeys(secret: Buffer, clock: Clock): () => readonly Buffer[] {
  let day = NaN;
  let keys: readonly Buffer[] = [];
  return () => {
    const today = Math.floor(clock.now() / DAY);
    if (today !== day) {
      day = today;
      keys = [today, today - 1, today + 1].map((of) => createHmac('sha256', secret).update(`nonce ${of}`).digest());
    }
    return keys;
  };
}
