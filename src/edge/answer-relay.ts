import type { SipResponse } from '../sip/message/message.ts';
import { alone } from '../sip/message/text.ts';
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
 * Stands between an INVITE that was sent on and the set-up of its call, and signs the callee's tag into our routes of
 * each answer, for the caller's route set. Once a 2xx has become the caller's answer the set-up is over, and is let go
 * with all that it holds: further ones, for which the transaction waits 32 s (RFC 6026 §7.2), need only what is here.
 */
export class AnswerRelay implements ClientUser {
  readonly #passing: Passing;
  #setup: { readonly user: ClientUser; readonly caller: ServerTransaction } | null;
  #late: LateResponder | undefined;
  /** The token with the callee's tag signed into it, and that tag. */
  #bound = { tag: '', token: '' };

  constructor(user: ClientUser, caller: ServerTransaction, passing: Passing) {
    this.#setup = { user, caller };
    this.#passing = passing;
  }

  response(response: SipResponse): void {
    const { status } = response;
    if (status > 100 && status < 300) this.#bindRoutes(response);
    if (!this.#setup) return this.#late?.respond(returnResponse(response, this.#passing.answerer));
    const { user, caller } = this.#setup;
    const waited = caller.finalStatus === undefined;
    user.response(response);
    if (!waited || !caller.late || status < 200 || status >= 300) return;
    this.#late = caller.late;
    this.#setup = null;
  }

  failed(cause: FailureCause, error?: Error): void {
    this.#setup?.user.failed(cause, error);
  }

  #bindRoutes({ headers, callId = '', from, to }: SipResponse): void {
    const tag = to?.tag;
    if (tag === undefined || !headers.has('record-route')) return;
    const { token, tokens } = this.#passing;
    if (tag !== this.#bound.tag)
      this.#bound = { tag: alone(tag), token: tokens.bind(token, callId, from?.tag ?? '', tag) };
    headers.replaceInLines('record-route', `${token}@`, `${this.#bound.token}@`);
  }
}
