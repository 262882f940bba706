import type { Decision } from '../rulebook/decide/decision.ts';
import type { ReasonCode } from '../rulebook/decide/reasons.ts';

/** Who sent a request, as seen on the wire. */
export interface Source {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

/** Something that happened to a call. A call is the sum of the events that share its Call-ID. */
export type CallEvent =
  /** The rulebook judged an INVITE. */
  | {
      readonly kind: 'decision';
      readonly callId: string;
      readonly at: number;
      readonly source: Source;
      readonly requestUri: string;
      readonly from: string;
      readonly decision: Decision;
    }
  /** The rulebook judged a transfer (REFER) that a customer asked for within a call. */
  | { readonly kind: 'transfer'; readonly callId: string; readonly at: number; readonly decision: Decision }
  /** The edge refused before the rulebook was asked, or after it had no more to say. */
  | {
      readonly kind: 'refusal';
      readonly callId: string;
      readonly at: number;
      readonly source: Source;
      readonly method: string;
      readonly reason: ReasonCode;
      readonly status: number;
    }
  /** One target was tried. `status` is its final SIP status, or why there was none. */
  | {
      readonly kind: 'attempt';
      readonly callId: string;
      readonly at: number;
      readonly trunk: string;
      readonly target: string;
      readonly status: number | 'timeout' | 'unreachable' | 'cancelled';
      /** Milliseconds from the INVITE to this outcome. */
      readonly took: number;
    }
  /** The final answer that the caller got to an admitted call. */
  | { readonly kind: 'answer'; readonly callId: string; readonly at: number; readonly status: number }
  /** An answered call ended by BYE. */
  | { readonly kind: 'end'; readonly callId: string; readonly at: number; readonly by: 'caller' | 'callee' };

/** What the edge knows of a call journal: it takes events and never makes anyone wait. */
export interface CallSink {
  record(event: CallEvent): void;
  /** A successful OPTIONS of the customer's equipment (Chime GetVoiceConnectorTerminationHealth). */
  heartbeat(trunk: string, source: string, at: number): void;
}
