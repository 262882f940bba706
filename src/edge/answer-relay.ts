import type { SipResponse } from '../sip/message/message.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import type { ClientUser, FailureCause, LateListener, ServerTransaction } from '../sip/transaction/transaction.ts';
import { returnResponse } from './forwarding.ts';
import type { Side } from './identity.ts';
import type { RouteTokens } from './route-token.ts';

/** Between the parts of a note; the name of the INVITE, which comes last, may hold more of them. */
const SEPARATOR = '\n';

/** What is needed to pass on an answer that makes a dialog. */
interface Passing {
  /** Of our Record-Route in the INVITE. */
  readonly token: string;
  readonly answerer: Side;
}

/** The token of an INVITE, and with a callee's tag signed into it. */
interface Binding {
  readonly token: string;
  tag: string;
  bound: string;
}

/** Signs the callee's tag into our routes of each answer, for the caller's route set, and passes on answers that come late. */
export class Answers implements LateListener {
  readonly #tokens: RouteTokens;
  readonly #layer: TransactionLayer;

  constructor({ tokens, layer }: { tokens: RouteTokens; layer: TransactionLayer }) {
    this.#tokens = tokens;
    this.#layer = layer;
  }

  /** The note with which it passes on further answers to the INVITE that `late` names. */
  noteFor({ token, answerer }: Passing, late: string): string {
    return [token, answerer, late].join(SEPARATOR);
  }

  response(response: SipResponse, note: string): void {
    const [token = '', answerer, ...late] = note.split(SEPARATOR);
    this.bindRoutes(response, { token, tag: '', bound: '' });
    const side: Side = answerer === 'carrier' ? 'carrier' : 'customer';
    this.#layer.respondLate(late.join(SEPARATOR), returnResponse(response, side));
  }

  /** `last` is what was signed last for this INVITE, and is now: most answers to it have the same tag. */
  bindRoutes({ headers, callId = '', from, to }: SipResponse, last: Binding): void {
    const tag = to?.tag;
    if (tag === undefined || !headers.has('record-route')) return;
    if (tag !== last.tag) {
      last.tag = tag;
      last.bound = this.#tokens.bind(last.token, callId, from?.tag ?? '', tag);
    }
    headers.replaceInLines('record-route', `${last.token}@`, `${last.bound}@`);
  }
}

/**
 * Stands between an INVITE that was sent on and the set-up of its call. Once a 2xx has become the caller's answer the
 * set-up is over, and is let go with all that it holds: further ones, for which the transaction waits 32 s (RFC 6026
 * §7.2), are passed on by a note.
 */
export class AnswerRelay implements ClientUser {
  readonly #answers: Answers;
  readonly #passing: Passing;
  readonly #binding: Binding;
  #setup: { readonly user: ClientUser; readonly caller: ServerTransaction } | null;
  heir: ClientUser['heir'];

  constructor(answers: Answers, passing: Passing, user: ClientUser, caller: ServerTransaction) {
    this.#answers = answers;
    this.#passing = passing;
    this.#binding = { token: passing.token, tag: '', bound: '' };
    this.#setup = { user, caller };
  }

  response(response: SipResponse): void {
    if (!this.#setup) return this.heir?.listener.response(response, this.heir.note);
    const { status } = response;
    if (status > 100 && status < 300) this.#answers.bindRoutes(response, this.#binding);
    const { user, caller } = this.#setup;
    const waited = caller.finalStatus === undefined;
    user.response(response);
    if (!waited || caller.late === undefined || status < 200 || status >= 300) return;
    this.heir = { listener: this.#answers, note: this.#answers.noteFor(this.#passing, caller.late) };
    this.#setup = null;
  }

  failed(cause: FailureCause, error?: Error): void {
    this.#setup?.user.failed(cause, error);
  }
}
