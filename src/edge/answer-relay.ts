import type { SipResponse } from '../sip/message/message.ts';
import type { ClientUser, FailureCause, LateResponder, ServerTransaction } from '../sip/transaction/transaction.ts';
import { returnResponse } from './forwarding.ts';
import type { Side } from './identity.ts';
import type { RouteTokens } from './route-token.ts';

/** What is needed to pass on an answer that makes a dialog. */
interface Passing {
  /** Of our Record-Route in the INVITE. */
  readonly token: string;
  readonly tokens: RouteTokens;
  readonly answerer: Side;
}

/**
 * Stands between an INVITE that was sent on and the set-up of its call. Once a 2xx of it has become the caller's answer
 * the set-up is over, and with all that it holds it is let go: further ones, for which the transaction waits 32 s
 * (RFC 6026 §7.2), need no more than is kept here.
 */
export class AnswerRelay implements ClientUser {
  readonly #passing: Passing;
  #setup: { readonly user: ClientUser; readonly caller: ServerTransaction } | null;
  #late: LateResponder | undefined;

  constructor(user: ClientUser, caller: ServerTransaction, passing: Passing) {
    this.#setup = { user, caller };
    this.#passing = passing;
  }

  response(response: SipResponse): void {
    if (!this.#setup) return this.#pass(response);
    const { user, caller } = this.#setup;
    const waited = caller.finalStatus === undefined;
    user.response(response);
    if (!waited || !caller.late || response.status < 200 || response.status >= 300) return;
    this.#late = caller.late;
    this.#setup = null;
  }

  failed(cause: FailureCause, error?: Error): void {
    this.#setup?.user.failed(cause, error);
  }

  /** A copy of the answer, or that of another callee of a proxy beyond (RFC 3261 §16.7 step 5). */
  #pass(response: SipResponse): void {
    const { token, tokens, answerer } = this.#passing;
    const copy = returnResponse(response, answerer);
    bindRoutes(copy, token, tokens);
    this.#late?.respond(copy);
  }
}

/** Signs the callee's tag into our routes of an answer to an INVITE, for the caller's route set. */
export function bindRoutes(
  { headers, callId = '', from, to }: SipResponse,
  token: string | undefined,
  tokens: RouteTokens,
): void {
  if (token === undefined || to?.tag === undefined) return;
  const bound = tokens.bind(token, callId, from?.tag ?? '', to.tag);
  headers.replaceInLines('record-route', `${token}@`, `${bound}@`);
}
