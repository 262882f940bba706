import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { codesOf } from '../sip/message/names.ts';
import type { ServerTransaction } from '../sip/transaction/layer.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Agent } from './agent.ts';
import { AnswerRepeater } from './answer-repeater.ts';
import { answer, attachDescription, carriesSdp } from './answers.ts';
import type { Authenticator } from './credentials.ts';
import { nextHopUri, nextRequest, takeRequest } from './dialog.ts';
import type { Dialog } from './dialog.ts';
import type { SessionMedia } from './media.ts';
import { OfferRefused, Offers } from './offers.ts';

/** Who ended a session: us, the peer, or the lack of an ACK (RFC 3261 §13.3.1.4). */
export type EndedBy = 'local' | 'remote' | 'unacknowledged';

/**
 * Takes a REFER (RFC 3515), or a NOTIFY about one, to whom it is for; resolves to the answer of that one, undefined when
 * none came. Undefined at once, or without this, when it is for nobody: 405.
 */
export type PassOn = (request: SipRequest) => Promise<SipResponse | undefined> | undefined;

/** What a session is made of. */
export interface SessionParts {
  readonly agent: Agent;
  readonly dialog: Dialog;
  readonly media: SessionMedia;
  /** The way the INVITE went or came. */
  readonly flow: Flow;
  readonly authenticator?: Authenticator | undefined;
  /** Hears of an INFO (RFC 6086), which is answered with 200 whatever it says. */
  readonly onInfo?: ((request: SipRequest) => void) | undefined;
  readonly passOn?: PassOn | undefined;
  readonly onEnded: (by: EndedBy) => void;
}

/** What the answer to a transfer says to whoever asked for it (RFC 4488, RFC 3261 §20.33). */
const OF_REFERRAL = codesOf(['refer-sub', 'retry-after']);

/** How long a peer is told to wait that asked while we were busy with its last offer (RFC 3261 §14.2: up to 10 s). */
const RETRY_AFTER_SECONDS = '2';

/** One dialog of an INVITE: what either side may send until the BYE (RFC 3261 §12.2, §14, §15). */
export class Session {
  readonly dialog: Dialog;
  readonly media: SessionMedia;
  readonly #parts: SessionParts;
  /** `early` until the 2xx to the INVITE went out or came in. */
  #state: 'early' | 'confirmed' | 'ending' | 'ended' = 'early';
  /** A 2xx of ours that waits for its ACK; `offered` when that ACK has to bring the answer. */
  #unacknowledged:
    | { readonly repeater: AnswerRepeater; readonly sequence: number | undefined; readonly offered: boolean }
    | undefined;
  #hangUpOnAck = false;
  /** An offer is being answered. */
  #busy = false;
  readonly #offers: Offers;
  #byeHeaders: readonly (readonly [name: string, value: string])[] = [];

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.dialog = parts.dialog;
    this.media = parts.media;
    this.#offers = new Offers({
      ...parts,
      transfers: parts.passOn !== undefined,
      mayOffer: () => !this.#busy && !this.#unacknowledged,
      lives: () => this.#state === 'confirmed',
      lost: () => this.hangUp(),
    });
  }

  /** Answered, and not over. */
  get confirmed(): boolean {
    return this.#state === 'confirmed';
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** The caller's side: a 2xx came. */
  confirm(): void {
    if (this.#state === 'early') this.#state = 'confirmed';
  }

  /** The callee's side, and both on a re-INVITE: sends a 2xx until it is acknowledged; without an ACK comes a BYE. */
  respondReliably(transaction: ServerTransaction, response: SipResponse, offered: boolean): void {
    this.confirm();
    this.#unacknowledged?.repeater.stop();
    const repeater = new AnswerRepeater({
      clock: this.#parts.agent.clock,
      timers: this.#parts.agent.timers,
      send: () => transaction.respond(response),
      giveUp: () => this.hangUp('unacknowledged'),
    });
    this.#unacknowledged = { repeater, sequence: transaction.request.cseq?.number, offered };
  }

  acknowledge(ack: SipRequest): void {
    const waiting = this.#unacknowledged;
    if (!waiting || waiting.sequence !== ack.cseq?.number) return;
    this.#unacknowledged = undefined;
    waiting.repeater.stop();
    if (waiting.offered && this.#state === 'confirmed') this.media.accept(ack.body.toString('utf8'));
    if (this.#hangUpOnAck) this.hangUp('local', this.#byeHeaders);
  }

  /**
   * Offers the peer another session (§14.1) and resolves to its answer. Rejects with OfferRefused when it wants none, or
   * has gone; unless `patient`, also when another offer is under way.
   */
  reinvite(offer: string, { patient = true } = {}): Promise<string> {
    return this.#offers.make(offer, patient);
  }

  /** Sends a request that is no offer and needs no answer but its status; resolves to that, 408 when none came. */
  ask(method: 'OPTIONS' | 'INFO', body?: { readonly type: string; readonly text: string }): Promise<number> {
    const { answered } = this.send(method, (request) => {
      if (!body) return;
      request.headers.set('Content-Type', body.type);
      request.body = Buffer.from(body.text);
    });
    return answered.then((response) => response?.status ?? (this.#state === 'confirmed' ? 408 : 481));
  }

  /** Sends a request as `prepare` makes it. `answered` resolves to the final answer, undefined when none came or the session is over. */
  send(
    method: string,
    prepare: (request: SipRequest, contact: string) => void,
  ): { sequence: number; answered: Promise<SipResponse | undefined> } {
    const { agent, authenticator, flow } = this.#parts;
    if (this.#state !== 'confirmed') return { sequence: 0, answered: Promise.resolve(undefined) };
    const request = nextRequest(this.dialog, method);
    prepare(request, agent.contact(flow));
    authenticator?.authorize(request);
    const answered = new Promise<SipResponse | undefined>((resolve) => {
      agent.send(request, agent.flowTo(nextHopUri(request), flow), {
        response: (response) => response.status >= 200 && resolve(response),
        failed: () => resolve(undefined),
      });
    });
    return { sequence: this.dialog.localSequence, answered };
  }

  /** A request within the dialog (§12.2.2). */
  request(request: SipRequest, transaction: ServerTransaction): void {
    if (!takeRequest(this.dialog, request)) return transaction.respond(answer(transaction, 500, 'CSeq Out of Order'));
    if (this.#state === 'ending' && request.method !== 'BYE') return transaction.respond(answer(transaction, 481));
    switch (request.method) {
      case 'BYE':
        transaction.respond(answer(transaction, 200));
        return this.#end('remote');
      case 'INVITE':
      case 'UPDATE':
        this.#renegotiate(request, transaction).catch((error: unknown) => this.#parts.agent.crashed(error));
        return;
      case 'INFO':
        this.#parts.onInfo?.(request);
        return transaction.respond(answer(transaction, 200));
      case 'OPTIONS':
        return transaction.respond(answer(transaction, 200));
      case 'REFER':
      case 'NOTIFY':
        this.#pass(request, transaction).catch((error: unknown) => this.#parts.agent.crashed(error));
        return;
      default:
        return transaction.respond(answer(transaction, 405));
    }
  }

  /** Sends a BYE (§15.1.1); the session has ended once that is answered, or is known to be lost. */
  hangUp(by: EndedBy = 'local', headers: readonly (readonly [name: string, value: string])[] = []): void {
    if (this.#state !== 'confirmed') return;
    this.#byeHeaders = headers;
    // §15: no BYE of the callee before the ACK of its 2xx.
    if (this.#unacknowledged && by === 'local') {
      this.#hangUpOnAck = true;
      return;
    }
    this.#state = 'ending';
    this.media.close();
    this.#unacknowledged?.repeater.stop();
    this.#sendBye(by, 0);
  }

  /** Forgets everything without a word to the peer. */
  abandon(): void {
    this.#end('local');
  }

  #sendBye(by: EndedBy, answered: number): void {
    const { agent, authenticator, flow } = this.#parts;
    const bye = nextRequest(this.dialog, 'BYE');
    for (const [name, value] of this.#byeHeaders) bye.headers.append(name, value);
    authenticator?.authorize(bye);
    agent.send(bye, agent.flowTo(nextHopUri(bye), flow), {
      response: (response) => {
        if (response.status < 200) return;
        if (authenticator?.accept(response, answered)) this.#sendBye(by, answered + 1);
        else this.#end(by);
      },
      failed: () => this.#end(by),
    });
  }

  #end(by: EndedBy): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#unacknowledged?.repeater.stop();
    this.media.close();
    this.#parts.onEnded(by);
  }

  /** A new offer, or with an empty INVITE the wish for one of ours (§14.2, RFC 3311 §5.2). */
  async #renegotiate(request: SipRequest, transaction: ServerTransaction): Promise<void> {
    const hasOffer = request.body.length > 0;
    if (!hasOffer && request.method === 'UPDATE') return transaction.respond(answer(transaction, 200));
    // §14.2: both offered at once, so both wait and try again.
    if (this.#offers.pending) return transaction.respond(answer(transaction, 491));
    const waits = this.#busy || this.#unacknowledged?.offered === true;
    if (this.#state !== 'confirmed' || waits) return this.#answerLater(transaction);
    if (hasOffer && !carriesSdp(request)) return transaction.respond(answer(transaction, 415));
    this.#busy = true;
    if (request.method === 'INVITE') transaction.respond(answer(transaction, 100));
    let refusal = 488;
    const description = await describe(this.media, request).catch((error: unknown) => {
      if (error instanceof OfferRefused && error.status === 491) refusal = 491;
      return undefined;
    });
    this.#busy = false;
    if (this.#state !== 'confirmed') return transaction.respond(answer(transaction, 481));
    if (description === undefined) return transaction.respond(answer(transaction, refusal));
    const response = this.#describing(transaction, description);
    if (request.method === 'INVITE') this.respondReliably(transaction, response, !hasOffer);
    else transaction.respond(response);
  }

  /** What somebody else answers to a request is our answer. */
  async #pass(request: SipRequest, transaction: ServerTransaction): Promise<void> {
    const passed = this.#parts.passOn?.(request);
    if (!passed) return transaction.respond(answer(transaction, 405));
    const theirs = await passed;
    const response = answer(transaction, theirs?.status ?? 408, theirs?.reason);
    if (response.status < 300) response.headers.append('Contact', this.#parts.agent.contact(transaction.flow));
    if (theirs) response.headers.copyFrom(theirs.headers, OF_REFERRAL);
    transaction.respond(response);
  }

  #describing(transaction: ServerTransaction, description: string): SipResponse {
    const response = answer(transaction, 200);
    attachDescription(response, description, {
      contact: this.#parts.agent.contact(transaction.flow),
      transfers: this.#parts.passOn !== undefined,
    });
    return response;
  }

  #answerLater(transaction: ServerTransaction): void {
    const response = answer(transaction, 500, 'Busy With An Earlier Offer');
    response.headers.append('Retry-After', RETRY_AFTER_SECONDS);
    transaction.respond(response);
  }
}

/** The answer to the offer in an INVITE or UPDATE, or our offer when it has none; undefined: not acceptable (488). */
export function describe(media: SessionMedia, request: SipRequest): Promise<string | undefined> {
  return request.body.length > 0 ? media.answer(request.body.toString('utf8')) : media.offer();
}
