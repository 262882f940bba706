import { answerChallenge } from '../sip/digest.ts';
import type { DigestAlgorithm } from '../sip/digest.ts';
import { parseAuthParams } from '../sip/digest-params.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';

/** A user name with its password, and the only algorithm to use it with when that matters. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly algorithm?: DigestAlgorithm | undefined;
}

/** Challenges answered for one request; a server that wants more wants something else. */
const MOST_ANSWERS = 4;

const ANSWER_HEADER = { 401: 'Authorization', 407: 'Proxy-Authorization' } as const;
const CHALLENGE_HEADER = { 401: 'www-authenticate', 407: 'proxy-authenticate' } as const;

/** Answers the digest challenges of one call (RFC 3261 §22, RFC 8760 §2.4: the first of the offered that is known). */
export class Authenticator {
  readonly #credentials: Credentials | undefined;
  readonly #challenges = new Map<string, { readonly challenge: string; uses: number }>();

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /** Puts an answer to every challenge known so far on a request, each with the next nonce count. */
  authorize(request: SipRequest): void {
    if (!this.#credentials) return;
    const { username, password } = this.#credentials;
    const { method, uri, body } = request;
    for (const [header, known] of this.#challenges) {
      known.uses += 1;
      const answer = answerChallenge({ ...known, username, password, method, uri, body, nc: known.uses });
      if (answer !== undefined) request.headers.set(header, answer);
    }
  }

  /** Takes the challenge of a response; whether the request may be tried again. `answered`: how often it was already. */
  accept(response: SipResponse, answered: number): boolean {
    const { status } = response;
    if (!this.#credentials || (status !== 401 && status !== 407) || answered >= MOST_ANSWERS) return false;
    const challenge = response.headers.lines(CHALLENGE_HEADER[status]).find((value) => this.#canAnswer(value));
    if (challenge === undefined) return false;
    const header = ANSWER_HEADER[status];
    // A second challenge where one was answered says that the password is wrong, unless only the nonce grew old.
    if (answered > 0 && this.#challenges.has(header) && !isStale(challenge)) return false;
    this.#challenges.set(header, { challenge, uses: 0 });
    return true;
  }

  #canAnswer(challenge: string): boolean {
    const wanted = this.#credentials?.algorithm;
    const offered = (parseAuthParams(challenge)?.get('algorithm') ?? 'MD5').toUpperCase();
    if (wanted !== undefined && wanted !== offered) return false;
    const probe = { username: '', password: '', method: 'INVITE', uri: 'sip:probe' };
    return answerChallenge({ challenge, ...probe }) !== undefined;
  }
}

function isStale(challenge: string): boolean {
  return parseAuthParams(challenge)?.get('stale')?.toLowerCase() === 'true';
}
