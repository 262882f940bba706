import type { CallAttempt } from '../rulebook/attempt.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { ReasonCode } from '../rulebook/decide/reasons.ts';
import type { Measure } from '../rulebook/spending.ts';
import type { RuleReference } from '../rulebook/rule.ts';

/** Why something gets no answer at all, besides the reasons of a refusal that is kept silent. */
export const DROP_REASONS = {
  banned: 'The source is banned',
  'packet-rate': 'The source sent more packets than is taken from it',
  scanner: 'The User-Agent is that of a scanning tool',
  'access-denied': 'An access rule of the network denies the source',
  'access-demoted': 'The source lost its rank in the network by what it sent, and is denied for a while',
  'access-rate': 'The source sent more bytes than the network takes from it',
  'access-anonymous': 'The source opened a connection to a listener that takes no anonymous callers',
} as const;

/** Those that access rules decide. */
export type AccessDrop = Extract<keyof typeof DROP_REASONS, `access-${string}`>;

export type DropReason = ReasonCode | keyof typeof DROP_REASONS;

/** In place of the Call-ID of what belongs to no call. */
export const NO_CALL = '';

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
      /** What was judged, so that it can be judged again by other rules; absent where numbers are masked, and in older journals. */
      readonly attempt?: CallAttempt | undefined;
    }
  /** The rulebook judged a transfer (REFER) that a customer asked for within a call. */
  | { readonly kind: 'transfer'; readonly callId: string; readonly at: number; readonly decision: Decision }
  /** The rulebook judged where the telephone of a line sends a call that came for it (302). */
  | { readonly kind: 'forwarding'; readonly callId: string; readonly at: number; readonly decision: Decision }
  /** A telephone registered, or tried to: no call, but judged like one. */
  | {
      readonly kind: 'registration';
      readonly callId: string;
      readonly at: number;
      readonly source: Source;
      /** The To URI. */
      readonly addressOfRecord: string;
      readonly decision: Decision;
      /** Of the answer: what the rulebook said, or what the registrar found after that. */
      readonly reason: ReasonCode;
      readonly status: number;
      /** Part of every registration, such as a refresh: counted, not written down. */
      readonly routine: boolean;
    }
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
  /** It was met with silence. Without a Call-ID it tells of packets that were not even read. */
  | {
      readonly kind: 'drop';
      readonly callId: string;
      readonly at: number;
      readonly source: Source;
      readonly reason: DropReason;
      readonly packets: number;
      /** The provisioned rule that asks for it, where one does. */
      readonly rule?: RuleReference;
    }
  /** Requests of one source that were refused like those before them, and are not written down one by one. */
  | {
      readonly kind: 'refusals';
      readonly callId: '';
      readonly at: number;
      readonly source: Source;
      readonly reason: DropReason;
      readonly requests: number;
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
  /** With this call a trunk, or a user of it, came to half of a limit of spending (`warning`), or to all of it (`stopped`). */
  | {
      readonly kind: 'alarm';
      readonly callId: string;
      readonly at: number;
      readonly trunk: string;
      /** Null: the limit is that of the trunk. */
      readonly user: string | null;
      readonly measure: Measure;
      readonly state: 'warning' | 'stopped';
      readonly used: number;
      readonly limit: number;
    }
  /** What the application that answers for the call did, and by which of its rules. */
  | {
      readonly kind: 'application';
      readonly callId: string;
      readonly at: number;
      readonly text: string;
      readonly rule?: RuleReference;
    }
  /** The final answer that the caller got to an admitted call. */
  | { readonly kind: 'answer'; readonly callId: string; readonly at: number; readonly status: number }
  /** An answered call ended by BYE; by the gate when it had lasted too long, or was dead. */
  | { readonly kind: 'end'; readonly callId: string; readonly at: number; readonly by: 'caller' | 'callee' | 'gate' };

/** What the edge knows of a call journal: it takes events and never makes anyone wait. */
export interface CallSink {
  record(event: CallEvent): void;
  /** A successful OPTIONS of the customer's equipment (Chime GetVoiceConnectorTerminationHealth). */
  heartbeat(trunk: string, source: string, at: number): void;
}
