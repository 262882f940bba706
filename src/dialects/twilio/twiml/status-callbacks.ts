import type { Clock } from '../../../kit/clock.ts';
import type { LegOutcome } from '../../../rulebook/call-control.ts';
import { isOver, type CallStatus } from '../calls/record.ts';
import type { LiveCall } from '../calls/book.ts';
import { TwimlFault } from './faults.ts';
import { callParameters, progressParameters } from './parameters.ts';
import type { Parameters } from './webhook/signature.ts';
import type { HttpMethod, Webhooks } from './webhook/webhooks.ts';

/** What a call can be said to have come to. */
export const PROGRESS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type ProgressEvent = (typeof PROGRESS_EVENTS)[number];

/** Where a customer wants to hear of a call, and of what. */
export interface CallbackWish {
  readonly url: string;
  readonly method: HttpMethod;
  readonly events: readonly ProgressEvent[];
}

/** What callbacks are sent with. */
export interface Callbacks {
  readonly webhooks: Webhooks;
  readonly clock: Clock;
  readonly accountSid: string;
  readonly authToken: string;
}

const STATUS_OF_EVENT = { initiated: 'initiated', ringing: 'ringing', answered: 'in-progress' } as const;

/** Tells a customer what becomes of one call: one event after the other, each once. */
export class StatusCallbacks {
  readonly #wish: CallbackWish | null;
  readonly #tools: Callbacks;
  readonly #call: LiveCall;
  readonly #extra: Parameters;
  readonly #note: (text: string) => void;
  #sequence = 0;
  #queue = Promise.resolve();

  constructor(
    wish: CallbackWish | null,
    tools: Callbacks,
    call: LiveCall,
    note: (text: string) => void,
    extra: Parameters = [],
  ) {
    this.#wish = wish;
    this.#tools = tools;
    this.#call = call;
    this.#note = note;
    this.#extra = extra;
  }

  /** Tells of an event if it is wanted; the call's record is as it is then. */
  tell(event: ProgressEvent, sipStatus: number | null = null): void {
    const wish = this.#wish;
    if (!wish?.events.includes(event)) return;
    const { clock, accountSid } = this.#tools;
    const { record } = this.#call;
    const status = event === 'completed' ? record.status : STATUS_OF_EVENT[event];
    const parameters = [
      ...callParameters(accountSid, record, status),
      ...this.#extra,
      ...progressParameters(record, { sequence: this.#sequence, at: clock.now(), sipStatus }),
    ];
    this.#sequence += 1;
    this.#queue = this.#queue.then(() => this.#send(wish, parameters));
  }

  async #send({ url, method }: CallbackWish, parameters: Parameters): Promise<void> {
    const { webhooks, authToken } = this.#tools;
    try {
      const never = new AbortController().signal;
      await webhooks.ask({ url, method, parameters, authToken, most: null, signal: never });
    } catch (error) {
      // Nobody waits for this: whatever else fails must not end the gate, and may name a URL with its password.
      this.#note(`the status callback failed: ${error instanceof TwimlFault ? error.message : 'a fault inside'}`);
    }
  }
}

/** The vendor's word for how a leg ended. */
export function statusOf({ kind }: LegOutcome): CallStatus {
  return kind === 'answered' ? 'completed' : kind;
}

/** Writes down that a call is over and tells of it, unless that was done. */
export function finish(call: LiveCall, callbacks: StatusCallbacks, outcome: LegOutcome): void {
  if (isOver(call.record.status)) return;
  call.end(statusOf(outcome), outcome.talked);
  callbacks.tell('completed', outcome.status);
}
