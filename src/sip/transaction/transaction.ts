import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/transport.ts';

/** What stands above the transactions: a proxy core or a user agent (RFC 3261 §5). */
export interface TransactionUser {
  /** Every new request but ACK, and CANCEL that matched. A CANCEL that matched nothing comes here (answer 481). */
  request(request: SipRequest, transaction: ServerTransaction): void;
  /** An ACK that belongs to no transaction here: that of a 2xx. */
  ack(request: SipRequest, flow: Flow): void;
  /** A CANCEL for `transaction`, an INVITE without a final answer; the layer has sent its 200 (§9.2). */
  cancel(request: SipRequest, transaction: ServerTransaction): void;
  /** A callback of this user threw from a timer: a fault of ours. Absent: thrown again outside of the layer. */
  crashed?(error: unknown): void;
}

/** The server's side of a transaction (§17.2). */
export interface ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Status of the final response, once there is one. */
  readonly finalStatus: number | undefined;
  /** The To tag of the answers: of the one already sent, else one derived from the request, the same for its repeats (§8.2.7). */
  readonly toTag: string;
  /**
   * Sends a response. After the final one it does nothing, but for further 2xx of an INVITE (RFC 6026 §7.1).
   * A non-INVITE is never answered 408, nor with a 1xx but 100, and that not early over UDP (RFC 4320 §4).
   */
  respond(response: SipResponse): void;
  /**
   * Sends a final response once and forgets the transaction (§8.2.7): for challenges and refusals of strangers outside
   * of a dialog (§26.3.2.4), and where a repeat gets the same answer by itself. Not for a 2xx of an INVITE. Give it `toTag`, so that its ACK is known and absorbed.
   */
  respondStatelessly(response: SipResponse): void;
  /** Names an INVITE that was answered with a 2xx to `TransactionLayer.respondLate`. */
  readonly late?: string | undefined;
  /** Forgets the transaction without a word: silence is all that its sender gets. */
  drop(): void;
  /** Called when no ACK came (timer H), when a non-INVITE expired unanswered, or when the table was full of unfinished ones. */
  onTimeout?: () => void;
  /**
   * What the user has a CANCEL end: a call in set-up, a re-INVITE on its way. Noted here, for a WeakMap would keep it from
   * the collector: V8 takes what an old one leads to for alive, until it collects the whole heap.
   */
  cancellable?: { cancel(reason?: string): void };
}

/** Why a client transaction ended without a final response. */
export type FailureCause = 'timeout' | 'transport';

/** Hears of further 2xx of many INVITEs (RFC 6026 §7.2), so that none of them needs a user of its own any more. */
export interface LateListener {
  /** `note` is what was left for it with the INVITE, a head text. */
  response(response: SipResponse, note: string): void;
}

/** Hears of one client transaction (§17.1). After a final response or `failed` only further 2xx of an INVITE come. */
export interface ClientUser {
  /** Every 1xx, 100 included; the final response; of an INVITE every 2xx, repeats included. */
  response(response: SipResponse): void;
  failed(cause: FailureCause, error?: Error): void;
  /** Asked once an INVITE has its first 2xx: who hears of further ones in its place. Absent: it does. */
  readonly heir?: { readonly listener: LateListener; readonly note: string } | undefined;
}

/** The client's side of a transaction (§17.1). */
export interface ClientTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  /**
   * Cancels an INVITE (§9.1): repeats it no more, waits for a 1xx, then sends CANCEL as a transaction of its own with the same branch.
   * The final response (487 as a rule) still comes; if none does within 64·T1: `failed('timeout')`.
   * `reason` is the value of a Reason header. Nothing happens when it was cancelled or answered already, or is no INVITE.
   */
  cancel(reason?: string): void;
  /** No more callbacks; the transaction still runs its course and absorbs what comes. */
  end(): void;
  /** Forgets it at once: nothing is repeated, nothing absorbed. For a request that no longer matters to anybody. */
  stop(): void;
}
