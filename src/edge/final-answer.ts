import type { SipResponse } from '../sip/message/message.ts';
import { better } from './failover.ts';

/** How one try came out. */
export interface FinalAnswer {
  readonly status: number;
  /** Null when nothing came. */
  readonly response: SipResponse | null;
  /** It is the word of an application of ours. */
  readonly own: boolean;
}

/** The one of two to show to the caller (RFC 3261 §16.7 step 6). */
export function bestOf(known: FinalAnswer | null, fresh: FinalAnswer): FinalAnswer {
  if (!known) return fresh;
  const [best, other] = better(fresh.status, known.status) === fresh.status ? [fresh, known] : [known, fresh];
  if (best.response && other.response) takeChallenges(best.response, other.response);
  return best;
}

const CHALLENGES = ['WWW-Authenticate', 'Proxy-Authenticate'];

/** Whoever is asked for credentials by several hears of all (RFC 3261 §16.7 step 7). */
function takeChallenges(best: SipResponse, other: SipResponse): void {
  if (!asksForCredentials(best) || !asksForCredentials(other)) return;
  for (const name of CHALLENGES)
    for (const value of other.headers.lines(name.toLowerCase())) best.headers.append(name, value);
}

function asksForCredentials({ status }: SipResponse): boolean {
  return status === 401 || status === 407;
}
