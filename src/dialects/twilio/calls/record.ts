/** How a call is, in the vendor's words. */
export type CallStatus =
  | 'queued'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

export const CALL_STATUSES: readonly CallStatus[] = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
];

/** What is remembered of a call. Times as ISO 8601 without fraction. */
export interface CallRecord {
  readonly sid: string;
  /** Of a leg that a Dial placed: the call that dialled. */
  readonly parent_call_sid: string | null;
  /** The account's number that was called; absent when it was none. */
  readonly phone_number_sid?: string;
  readonly from: string;
  readonly to: string;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial' | 'trunking-terminating' | 'trunking-originating';
  /** The Elastic SIP trunk that it came or went by; absent when it was none. */
  readonly trunk_sid?: string;
  readonly status: CallStatus;
  readonly date_created: string;
  readonly date_updated: string;
  /** When it came or was placed; null while it waits. */
  readonly start_time: string | null;
  readonly end_time: string | null;
  /** Seconds from the answer to the end; null until then. */
  readonly duration: number | null;
}

/** Whether nothing more happens to a call of this status. */
export function isOver(status: CallStatus): boolean {
  return status !== 'queued' && status !== 'ringing' && status !== 'in-progress';
}
