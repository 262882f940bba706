import type { Timer } from '../kit/clock.ts';
import { hex } from '../kit/ids.ts';
import { Headers } from '../sip/message/headers.ts';
import { SipRequest } from '../sip/message/message.ts';
import type { SipResponse } from '../sip/message/message.ts';
import type { ClientTransaction, FailureCause, ServerTransaction } from '../sip/transaction/layer.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Agent, DialogOwner } from './agent.ts';
import { answer, attachDescription } from './answers.ts';
import { Authenticator } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { acknowledgement, callerDialog, nextHopUri, nextRequest } from './dialog.ts';
import type { SessionMedia } from './media.ts';
import { Session } from './session.ts';
import type { EndedBy, PassOn } from './session.ts';

/** A call to place. */
export interface CallPlan {
  /** Goes out untouched as the Request-URI, and into To. */
  readonly uri: string;
  /** The caller's URI. */
  readonly from: string;
  readonly callId: string;
  /** The way to the first hop, whatever the URI says: an outbound proxy (RFC 3261 §8.1.2). */
  readonly flow: Flow;
  readonly media: SessionMedia;
  readonly credentials?: Credentials | undefined;
  /** Go with each INVITE. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Hears of each INFO of the callee. */
  readonly onInfo?: (request: SipRequest) => void;
  readonly passOn?: PassOn | undefined;
  /** Milliseconds to wait for a final answer before the call is cancelled. */
  readonly patience: number;
}

/** What came of a call until it was answered or not. */
export type CallOutcome =
  | { readonly kind: 'answered' | 'refused'; readonly response: SipResponse }
  /** `response`: the 487 to our CANCEL as a rule. */
  | { readonly kind: 'cancelled' | 'unanswered'; readonly response?: SipResponse | undefined }
  | { readonly kind: 'failed'; readonly cause: FailureCause | 'media'; readonly error?: Error | undefined };

/** What the owner of a call hears. */
export interface CallUser {
  /** 101–199. */
  provisional?(response: SipResponse): void;
  /** Once: how the INVITE came out. */
  settled(outcome: CallOutcome): void;
  /** Once, for an answered call only. */
  ended(by: EndedBy): void;
}

const MAX_FORWARDS = '70';

/** Answers of different callees that are told apart, should the call be forked; a proxy of ours lets one through. */
const MOST_ANSWERS = 16;

/** A call that is placed: the caller's side of an INVITE (RFC 3261 §13.2). */
export class OutgoingCall implements DialogOwner {
  readonly #agent: Agent;
  readonly #plan: CallPlan;
  readonly #user: CallUser;
  readonly #authenticator: Authenticator;
  readonly #localTag = hex(8);
  /** ACKs sent, by the To tag of their 2xx: its repeats get them again (§13.2.2.4). */
  readonly #acks = new Map<string, { readonly ack: SipRequest; readonly flow: Flow }>();
  #sequence = 0;
  #transaction: ClientTransaction | undefined;
  #session: Session | undefined;
  #patience: Timer | undefined;
  /** We no longer want it: by wish, or out of patience. */
  #givenUp: 'cancelled' | 'unanswered' | undefined;
  /** Some response came, so that a CANCEL will be answered. */
  #heard = false;
  #settled = false;

  constructor(agent: Agent, plan: CallPlan, user: CallUser) {
    this.#agent = agent;
    this.#plan = plan;
    this.#user = user;
    this.#authenticator = new Authenticator(plan.credentials);
  }

  /** What either side may send; undefined until it is answered. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Sends the INVITE. */
  async start(): Promise<void> {
    const { callId, media, patience } = this.#plan;
    this.#agent.own(callId, this.#localTag, this);
    let offer: string;
    try {
      offer = await media.offer();
    } catch (error) {
      return this.#settle({ kind: 'failed', cause: 'media', error: error as Error });
    }
    if (this.#givenUp) return this.#settle({ kind: this.#givenUp });
    this.#patience = this.#agent.clock.after(patience, () => this.#giveUp('unanswered'));
    this.#invite(offer, 0);
  }

  /** Hangs up, whatever the state: CANCEL before the answer (§9.1), BYE after it. */
  end(): void {
    if (this.#session) this.#session.hangUp();
    else this.#giveUp('cancelled');
  }

  request(request: SipRequest, transaction: ServerTransaction): void {
    if (this.#session) this.#session.request(request, transaction);
    else transaction.respond(answer(transaction, 481));
  }

  acknowledge(request: SipRequest): void {
    this.#session?.acknowledge(request);
  }

  cancelled(): void {
    // A CANCEL belongs to an INVITE that came in; this one went out.
  }

  #invite(offer: string, answered: number): void {
    const { uri, from, callId, flow, headers: more = [] } = this.#plan;
    this.#sequence += 1;
    const headers = new Headers();
    headers.append('Max-Forwards', MAX_FORWARDS);
    headers.append('From', `<${from}>;tag=${this.#localTag}`);
    headers.append('To', `<${uri}>`);
    headers.append('Call-ID', callId);
    headers.append('CSeq', `${this.#sequence} INVITE`);
    for (const [name, value] of more) headers.append(name, value);
    const invite = new SipRequest('INVITE', uri, headers);
    const transfers = this.#plan.passOn !== undefined;
    attachDescription(invite, offer, { contact: this.#agent.contact(flow), transfers });
    this.#authenticator.authorize(invite);
    this.#transaction = this.#agent.send(invite, flow, {
      response: (response) => this.#response(response, invite, offer, answered),
      failed: (cause, error) => this.#settle(this.#abandoned() ?? { kind: 'failed', cause, error }),
    });
  }

  #response(response: SipResponse, invite: SipRequest, offer: string, answered: number): void {
    const { status } = response;
    this.#heard = true;
    if (status === 100) return;
    if (status < 200) return this.#user.provisional?.(response);
    if (status < 300) return this.#accepted(response, invite);
    if (!this.#givenUp && this.#authenticator.accept(response, answered)) return this.#invite(offer, answered + 1);
    this.#settle(this.#abandoned(response) ?? { kind: 'refused', response });
  }

  /** §13.2.2.4: every 2xx is acknowledged, and one that is not wanted (any more) is followed by a BYE. */
  #accepted(response: SipResponse, invite: SipRequest): void {
    const known = this.#acks.get(response.to?.tag ?? '');
    if (known) return this.#agent.sendAck(known.ack, known.flow);
    const dialog = callerDialog(invite, response);
    if (!dialog) return this.#settle({ kind: 'refused', response });
    const { flow, media } = this.#plan;
    const ack = acknowledgement(dialog, invite);
    const ackFlow = this.#agent.flowTo(nextHopUri(ack), flow);
    this.#agent.sendAck(ack, ackFlow);
    if (this.#acks.size < MOST_ANSWERS) this.#acks.set(dialog.remoteTag, { ack, flow: ackFlow });
    if (this.#settled || this.#givenUp) {
      const bye = nextRequest(dialog, 'BYE');
      this.#authenticator.authorize(bye);
      const done = (): void => this.#settle(this.#abandoned(response) ?? { kind: 'cancelled', response });
      this.#agent.send(bye, this.#agent.flowTo(nextHopUri(bye), flow), { response: done, failed: done });
      return;
    }
    const onEnded = (by: EndedBy): void => this.#ended(by);
    this.#session = new Session({
      agent: this.#agent,
      dialog,
      media,
      flow,
      authenticator: this.#authenticator,
      onInfo: this.#plan.onInfo,
      passOn: this.#plan.passOn,
      onEnded,
    });
    this.#session.confirm();
    // What a provisional response has described, the 2xx need not repeat.
    if (response.body.length > 0) media.accept(response.body.toString('utf8'));
    this.#settle({ kind: 'answered', response });
  }

  #giveUp(why: 'cancelled' | 'unanswered'): void {
    if (this.#settled) return;
    this.#givenUp ??= why;
    this.#transaction?.cancel();
    // In silence there is nothing to wait for. Should an answer still come, it gets its ACK and BYE.
    if (this.#transaction && !this.#heard) this.#settle({ kind: why });
  }

  #abandoned(response?: SipResponse): CallOutcome | undefined {
    return this.#givenUp && { kind: this.#givenUp, response };
  }

  #settle(outcome: CallOutcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#patience?.cancel();
    if (outcome.kind !== 'answered') this.#forget();
    this.#user.settled(outcome);
  }

  #ended(by: EndedBy): void {
    this.#forget();
    this.#user.ended(by);
  }

  #forget(): void {
    this.#plan.media.close();
    this.#agent.disown(this.#plan.callId, this.#localTag);
  }
}
