import type { BookedCall } from './books.ts';
import type { PeerFlow } from './route-token.ts';

/** One end of a call, as far as a BYE to it needs. */
export interface CallEnd {
  /** Its From or To with tag, as written. */
  readonly party: string;
  readonly tag: string;
  /** Where its requests are to go: the Contact. */
  target: string;
  /** Record-Route values that the gate saw from this end, in the order of the message. */
  readonly recordRoutes: readonly string[];
  /** The highest CSeq of its requests. */
  cseq: number;
}

/** An admitted call. */
export interface HeldCall extends BookedCall {
  /** It came by a listener of a border; absent in what older versions wrote. */
  readonly atBorder?: boolean;
  readonly caller: CallEnd;
  readonly callerFlow: PeerFlow | null;
  /** Null until it answered. */
  callee: CallEnd | null;
  /** Milliseconds that it may last, where that is less than any call may. */
  longest?: number | undefined;
  /** When it is dead unless its ends refresh it before (RFC 4028 §10); null where they agreed on no session timer. */
  expiresAt: number | null;
}
