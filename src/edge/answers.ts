import type { Decision } from '../rulebook/decide/decision.ts';
import { reasonOf, type ReasonCode } from '../rulebook/decide/reasons.ts';
import { createResponse, type SipResponse } from '../sip/message/message.ts';
import type { ServerTransaction } from '../sip/transaction/transaction.ts';
import { sourceName } from './abuse/source.ts';
import type { CarrierList } from './carriers.ts';
import type { DigestCheck } from './digest-check.ts';

/** Methods that are served, for Allow. */
export const ALLOWED = 'INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE';

/** Extensions that are understood in requests to this gate itself, for Supported. */
export const SUPPORTED = ['path'];

/** Seconds a caller is asked to wait, at least, when the gate itself is the cause. */
const RETRY_AFTER = 5;

/** Seconds over which those who were sent away are spread, so that they do not come back together. */
const RETRY_SPREAD = 10;

/** Nobody learns whether it was the name or the password that was wrong. */
const UNTOLD: ReadonlySet<ReasonCode> = new Set([
  'credentials-unknown-user',
  'credentials-wrong',
  'credentials-none-left',
]);

/** Makes the answers that come from this gate itself. */
export class Answers {
  readonly #digest: DigestCheck;
  readonly #carriers: CarrierList;
  readonly #dice: () => number;

  /** `dice`: a number in [0, 1). */
  constructor(parts: { digest: DigestCheck; carriers: CarrierList; dice: () => number }) {
    this.#digest = parts.digest;
    this.#carriers = parts.carriers;
    this.#dice = parts.dice;
  }

  /** Says no for the rulebook. Only a source that passed the source check learns which decision it was. */
  forDecision(transaction: ServerTransaction, decision: Decision): SipResponse {
    const response = ownAnswer(transaction, decision.status);
    if (decision.challenge) {
      const { realm, stale } = decision.challenge;
      const name = decision.status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
      for (const value of this.#digest.challenges(realm, stale, sourceName(transaction.flow.remote.address))) {
        response.headers.append(name, value);
      }
    }
    if (decision.redirect !== undefined) response.headers.append('Contact', `<${decision.redirect}>`);
    if (decision.retryAfter !== null) response.headers.append('Retry-After', String(decision.retryAfter));
    if (decision.sourceTrusted) {
      if (!decision.challenge && !UNTOLD.has(decision.reason)) addReason(response, decision.reason);
      response.headers.append('X-Tollgate-Decision', decision.id);
    }
    return response;
  }

  /** Says no for a reason that the edge finds before the rulebook is asked. Only carriers are told which. */
  forReason(transaction: ServerTransaction, reason: ReasonCode): SipResponse {
    const { status } = reasonOf(reason);
    const { headers, method } = transaction.request;
    const response = ownAnswer(transaction, status);
    if (status === 503)
      response.headers.append('Retry-After', String(RETRY_AFTER + Math.floor(this.#dice() * RETRY_SPREAD)));
    if (reason === 'method-not-allowed') response.headers.append('Allow', allowedBut(method));
    if (reason === 'extension-not-supported') {
      // An INVITE's Require is for the callee; what is answered here has to be understood here (RFC 3261 §8.2.2.3).
      const asked = [...headers.values('proxy-require'), ...(method === 'INVITE' ? [] : unsupported(transaction))];
      response.headers.append('Unsupported', asked.join(', '));
    }
    if (this.#carriers.includes(transaction.flow.remote)) addReason(response, reason);
    return response;
  }
}

/** The extensions that a request to this gate itself requires and does not get (RFC 3261 §8.2.2.3). */
export function unsupported({ request }: ServerTransaction): string[] {
  return request.headers.values('require').filter((option) => !SUPPORTED.includes(option.toLowerCase()));
}

/** An answer that comes from this gate itself. */
export function ownAnswer(transaction: ServerTransaction, status: number): SipResponse {
  return createResponse(transaction.request, status, undefined, status > 100 ? transaction.toTag : undefined);
}

/** A method that is refused is not said to be allowed in the same breath. */
function allowedBut(method: string): string {
  return ALLOWED.split(', ')
    .filter((other) => other !== method)
    .join(', ');
}

/** Reason headers by RFC 3326: the SIP status with our words, and the Q.850 cause by RFC 3398 §8.2. */
function addReason(response: SipResponse, code: ReasonCode): void {
  const { status, text, cause } = reasonOf(code);
  response.headers.append('Reason', `SIP;cause=${status};text="${code}: ${text}"`);
  if (cause !== undefined) response.headers.append('Reason', `Q.850;cause=${cause}`);
}
