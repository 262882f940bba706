import type { SipRequest, SipResponse } from '../sip/message/message.ts';

/** Milliseconds after the end of a session in which a refresh may still be on its way: its repeats, timer B. */
const GRACE = 32_000;

/** Seconds of a session that nobody else set (RFC 4028 §4: the recommended value). */
const SESSION = 1800;

/**
 * Asks the two ends of a new call to refresh it, when the caller can and did not ask itself (RFC 4028 §8.1): otherwise
 * a call whose end was never heard would take its place until its length ends it.
 */
export function askForRefreshes({ headers }: SipRequest): void {
  if (headers.has('session-expires')) return;
  if (!headers.values('supported').some((option) => option.trim().toLowerCase() === 'timer')) return;
  headers.append('Session-Expires', String(Math.max(SESSION, secondsOf(headers.get('min-se')) ?? 0)));
}

/**
 * When a call is dead unless it is refreshed, by the 2xx that its ends agreed with (RFC 4028 §8.2): milliseconds since
 * the epoch. Null when they agreed on no session timer.
 */
export function sessionExpires(response: SipResponse, now: number): number | null {
  const seconds = secondsOf(response.headers.get('session-expires'));
  return seconds === undefined ? null : now + seconds * 1000 + GRACE;
}

/** Parameters may follow. */
function secondsOf(value: string | undefined): number | undefined {
  const digits = /^\d{1,9}/.exec(value ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}
