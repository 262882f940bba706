import { randomInt } from 'node:crypto';
import type { Timer } from '../kit/clock.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { ServerTransaction } from '../sip/transaction/layer.ts';
import type { Agent, DialogOwner } from './agent.ts';
import { answer, attachDescription, carriesSdp } from './answers.ts';
import { takeRequest } from './dialog.ts';
import type { Dialog } from './dialog.ts';
import { EarlyMedia, takesEarlyMedia } from './early-media.ts';
import { CallMedia } from './media.ts';
import type { SessionMedia } from './media.ts';
import { describe, Session, type PassOn } from './session.ts';

/** How often a call that rings says so again, lest a proxy gives it up (RFC 3261 §13.3.1.1). */
const RING_AGAIN_MS = 60_000;

/** A call that came in: the callee's side of an INVITE (RFC 3261 §13.3). It needs to be refused or answered. */
export class IncomingCall implements DialogOwner {
  readonly invite: SipRequest;
  /** Called once, when it was refused, cancelled, or has ended after it was answered. */
  onEnded: (() => void) | undefined;
  readonly #agent: Agent;
  readonly #transaction: ServerTransaction;
  readonly #session: Session;
  /** Whether the caller is told that it may send transfers. */
  readonly #transfers: boolean;
  #ringing: Timer | undefined;
  #early: EarlyMedia | undefined;
  /** What a 183 or the answer to a PRACK has described: the 200 may say nothing else (§13.2.1). */
  #described: string | undefined;
  #ended = false;

  /** `media`: the built-in kind when absent. `onInfo` hears of each INFO; `passOn` takes transfers. */
  constructor(
    agent: Agent,
    transaction: ServerTransaction,
    dialog: Dialog,
    { media, onInfo, passOn }: { media?: SessionMedia; onInfo?: (request: SipRequest) => void; passOn?: PassOn } = {},
  ) {
    this.invite = transaction.request;
    this.#agent = agent;
    this.#transaction = transaction;
    this.#transfers = passOn !== undefined;
    this.#session = new Session({
      agent,
      dialog,
      media: media ?? new CallMedia(agent.address, agent.ticker),
      flow: transaction.flow,
      onInfo,
      passOn,
      onEnded: () => this.#sessionEnded(),
    });
    agent.own(dialog.callId, dialog.localTag, this);
    transaction.onTimeout = () => this.#end();
    transaction.respond(answer(transaction, 100));
  }

  /** What either side may send once it is answered. */
  get session(): Session {
    return this.#session;
  }

  /** Says 180, or another 18x, and says it again each minute. */
  ring(status = 180): void {
    if (this.#settled) return;
    const response = answer(this.#transaction, status);
    response.headers.append('Contact', this.#agent.contact(this.#transaction.flow));
    this.#transaction.respond(response);
    this.#ringing?.cancel();
    this.#ringing = this.#agent.clock.after(RING_AGAIN_MS, () => this.ring(status));
  }

  /** Says 183 with audio before the answer, where the caller says that it takes that, or `anyhow`; resolves whether it did. */
  async progress(anyhow = false): Promise<boolean> {
    if (this.#early) return true;
    if (this.#settled || !carriesSdp(this.invite) || !(anyhow || takesEarlyMedia(this.invite))) return false;
    const description = await describe(this.#session.media, this.invite).catch(() => undefined);
    // What is wrong with the offer, the answer will tell.
    if (this.#settled || description === undefined) return false;
    this.#described = description;
    const response = answer(this.#transaction, 183);
    this.#describe(response, description, this.#transaction);
    const { clock, timers } = this.#agent;
    this.#early = new EarlyMedia({
      clock,
      timers,
      invite: this.invite,
      response,
      send: (again) => this.#transaction.respond(again),
      lost: () => this.refuse(504),
      draw: randomInt,
    });
    this.#ringing?.cancel();
    this.#ringing = clock.after(RING_AGAIN_MS, () => this.ring());
    return true;
  }

  /** Says 200 with audio; 488 when the offer is not for us, 500 when there is no port left. */
  async answer(): Promise<void> {
    if (this.#settled) return;
    const hasOffer = this.invite.body.length > 0;
    if (hasOffer && !carriesSdp(this.invite)) return this.refuse(415);
    await this.#early?.acknowledged;
    let description = this.#described;
    try {
      description ??= await describe(this.#session.media, this.invite);
    } catch {
      return this.refuse(500, 'No Port For Media');
    }
    // CANCEL or BYE may have come meanwhile.
    if (this.#settled) return;
    if (description === undefined) return this.refuse(488);
    this.#ringing?.cancel();
    this.#early?.stop();
    const response = answer(this.#transaction, 200);
    this.#describe(response, description, this.#transaction);
    this.#session.respondReliably(this.#transaction, response, !hasOffer);
  }

  /** Says a final status above 2xx. */
  refuse(status: number, reason?: string, headers: readonly (readonly [string, string])[] = []): void {
    if (this.#settled) return;
    const response = answer(this.#transaction, status, reason);
    for (const [name, value] of headers) response.headers.append(name, value);
    this.#transaction.respond(response);
    this.#session.abandon();
  }

  /** Ends it whatever its state: BYE after an answer, `status` before. */
  end(status: number, headers: readonly (readonly [string, string])[] = []): void {
    if (this.#settled) this.#session.hangUp('local', headers);
    else this.refuse(status, undefined, headers);
  }

  request(request: SipRequest, transaction: ServerTransaction): void {
    if (request.method !== 'PRACK') return this.#session.request(request, transaction);
    this.#pracked(request, transaction).catch((error: unknown) => this.#agent.crashed(error));
  }

  acknowledge(request: SipRequest): void {
    this.#session.acknowledge(request);
  }

  cancelled(): void {
    this.refuse(487);
  }

  get #settled(): boolean {
    return this.#ended || this.#transaction.finalStatus !== undefined;
  }

  /** RFC 3262 §3; its offer, if it has one, is answered in the 200 (§5). */
  async #pracked(prack: SipRequest, transaction: ServerTransaction): Promise<void> {
    const respond = (status: number): void => transaction.respond(answer(transaction, status));
    if (!takeRequest(this.#session.dialog, prack)) return respond(500);
    if (this.#settled || !this.#early?.takes(prack)) return respond(481);
    if (prack.body.length === 0) return respond(200);
    const description = carriesSdp(prack)
      ? await describe(this.#session.media, prack).catch(() => undefined)
      : undefined;
    if (description === undefined) return respond(488);
    this.#described = description;
    const response = answer(transaction, 200);
    this.#describe(response, description, transaction);
    transaction.respond(response);
  }

  #describe(response: SipResponse, description: string, { flow }: ServerTransaction): void {
    attachDescription(response, description, { contact: this.#agent.contact(flow), transfers: this.#transfers });
  }

  #sessionEnded(): void {
    // §15.1.2: a BYE in an early dialog ends the INVITE as well.
    if (!this.#settled) this.#transaction.respond(answer(this.#transaction, 487));
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ringing?.cancel();
    this.#early?.stop();
    const { callId, localTag } = this.#session.dialog;
    this.#agent.disown(callId, localTag);
    this.#session.abandon();
    this.onEnded?.();
  }
}
