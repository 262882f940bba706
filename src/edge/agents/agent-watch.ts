import type { SipRequest, SipResponse } from '../../sip/message/message.ts';
import type { Place } from '../places.ts';

/** What is told of a call that is tried at an agent. */
export interface AgentWatch {
  /** One place is about to be tried, and the one before is not any more. */
  trying(place: Place): void;
  answered(agent: string, status: number): void;
  silent(agent: string): void;
  ended(agent: string, answered: boolean): void;
  /** The header that answers a challenge of the agent; undefined where it has no credentials of ours. */
  authorization(agent: string, request: SipRequest, challenged: SipResponse): Header | undefined;
}

/** A header and its value. */
export type Header = readonly [name: string, value: string];
