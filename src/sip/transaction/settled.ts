import { SipResponse, type SipMessage } from '../message/message.ts';
import type { Flow } from '../transport/transport.ts';
import type { ClientUser, LateResponder } from './transaction.ts';

/** The parts of a transaction with a final response that still matter. */
interface Remains {
  readonly key: string;
  readonly flow: Flow;
  /** What each repeat gets, of the request or of its refusal; undefined: it is absorbed. */
  readonly reply?: string | undefined;
  /** Of a server transaction. */
  readonly toTag?: string;
  readonly finalStatus?: number | undefined;
  /** Of an INVITE that got a 2xx, whose ACK is not ours. */
  readonly accepted?: boolean;
  /** Of an INVITE that we sent: hears of every further 2xx (RFC 6026 §7.2). */
  readonly user?: ClientUser;
}

/**
 * What stays of a transaction once it has nothing to do but to absorb repeats (§17.1.1.2, §17.2): far less than the
 * messages, timers and listeners of one at work, as most that are held are such.
 */
export class Settled implements LateResponder {
  readonly key: string;
  readonly toTag: string;
  readonly finalStatus: number | undefined;
  readonly accepted: boolean;
  until = 0;
  readonly #flow: Flow;
  readonly #reply: string | undefined;
  #user: ClientUser | undefined;
  #over = false;

  constructor({ key, flow, reply, toTag = '', finalStatus, accepted = false, user }: Remains) {
    this.key = key;
    this.toTag = copy(toTag);
    this.finalStatus = finalStatus;
    this.accepted = accepted;
    this.#flow = flow;
    this.#reply = reply;
    this.#user = user;
  }

  receive(message: SipMessage): void {
    if (message instanceof SipResponse && message.status < 300) {
      if (message.status >= 200) this.#user?.response(message);
    } else if (this.#reply !== undefined) this.#flow.send(Buffer.from(this.#reply, 'latin1'));
  }

  respond(response: SipResponse): void {
    const success = response.status >= 200 && response.status < 300;
    if (success && !this.#over) this.#flow.send(response.toBuffer());
  }

  /** Its user hears no more. */
  end(): void {
    this.#user = undefined;
  }

  abandon(): void {
    this.close();
  }

  /** It is no longer there, or about not to be. */
  close(): void {
    this.#over = true;
    this.#user = undefined;
  }
}

/** The same text on its own: a part of a message would keep the whole message. */
function copy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
