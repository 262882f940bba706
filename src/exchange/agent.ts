import type { Clock } from '../kit/clock.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { ClientTransaction, ClientUser, ServerTransaction } from '../sip/transaction/layer.ts';
import type { Timers } from '../sip/transaction/timers.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Ticker } from './ticker.ts';

/** Who gets the requests that belong to one dialog, or to the INVITE that may make it. */
export interface DialogOwner {
  /** A request with our tag, ACK excepted. */
  request(request: SipRequest, transaction: ServerTransaction): void;
  /** The ACK of a 2xx. */
  acknowledge(request: SipRequest): void;
  /** The INVITE was cancelled while it had no final answer (RFC 3261 §9.2). */
  cancelled(): void;
}

/** What a call needs of the user agent it is part of. */
export interface Agent {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly timers: Timers;
  /** Our address for media, and for signalling where the flow has none of its own yet. */
  readonly address: string;
  /** Takes a fault of ours that nobody waits for. */
  crashed(error: unknown): void;
  /** Sends a request as a transaction; Via and User-Agent are put on it. */
  send(request: SipRequest, flow: Flow, user: ClientUser): ClientTransaction;
  /** Sends an ACK of a 2xx, which is no transaction (RFC 3261 §13.2.2.4); it gets a Via the first time. */
  sendAck(request: SipRequest, flow: Flow): void;
  /** The Contact of ours for requests that come back over such a flow. */
  contact(flow: Flow): string;
  /** The way to a URI that names an address; for any other the way `otherwise`. */
  flowTo(uri: string, otherwise: Flow): Flow;
  /** From now on `owner` gets what belongs to the dialog with this Call-ID and tag of ours. */
  own(callId: string, localTag: string, owner: DialogOwner): void;
  disown(callId: string, localTag: string): void;
}
