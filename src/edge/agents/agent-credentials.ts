import type { Agent } from '../../rulebook/agent.ts';
import { parseAuthParams } from '../../sip/digest-params.ts';
import { answerChallenge } from '../../sip/digest.ts';
import type { SipRequest, SipResponse } from '../../sip/message/message.ts';

/** Which header answers the challenge of a 401, and of a 407 (RFC 3261 §22.2, §22.3). */
const HEADERS: Readonly<Record<number, readonly [challenge: string, answer: string]>> = {
  401: ['www-authenticate', 'Authorization'],
  407: ['proxy-authenticate', 'Proxy-Authorization'],
};

/** A header and its value. */
export type HeaderValue = readonly [name: string, value: string];

/**
 * The header, name and value, that answers an agent's challenge of a request with what was provisioned for its realm;
 * undefined where nothing was, or where the request had an answer already.
 */
export function authorizationFor(
  { credentials }: Agent,
  request: SipRequest,
  challenged: SipResponse,
): HeaderValue | undefined {
  const [asks, answers] = HEADERS[challenged.status] ?? [];
  if (asks === undefined || answers === undefined || request.headers.has(answers.toLowerCase())) return undefined;
  for (const challenge of challenged.headers.lines(asks)) {
    const realm = parseAuthParams(challenge)?.get('realm');
    const known = credentials.find((each) => each.realm === realm);
    if (!known) continue;
    const { username, password } = known;
    const { method, uri, body } = request;
    const value = answerChallenge({ challenge, username, password, method, uri, body });
    if (value !== undefined) return [answers, value];
  }
  return undefined;
}
