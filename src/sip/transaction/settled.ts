import { SipResponse, type SipMessage } from '../message/message.ts';
import type { Flow } from '../transport/transport.ts';

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
}

/**
 * What stays of a transaction once it has nothing to do but to absorb repeats (§17.1.1.2, §17.2): far less than the
 * messages, timers and listeners of one at work, as most that are held are such.
 */
export class Settled {
  readonly key: string;
  readonly toTag: string;
  readonly finalStatus: number | undefined;
  readonly accepted: boolean;
  until = 0;
  readonly #flow: Flow;
  readonly #reply: string | undefined;

  constructor({ key, flow, reply, toTag = '', finalStatus, accepted = false }: Remains) {
    this.key = key;
    this.toTag = copy(toTag);
    this.finalStatus = finalStatus;
    this.accepted = accepted;
    this.#flow = flow;
    this.#reply = reply;
  }

  receive(message: SipMessage): void {
    if (this.#reply === undefined || (message instanceof SipResponse && message.status < 300)) return;
    this.#flow.send(Buffer.from(this.#reply, 'latin1'));
  }

  abandon(): void {}

  close(): void {}
}

/** The same text on its own: a part of a message would keep the whole message. */
function copy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
