import type { Clock } from '../kit/clock.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { Timers } from '../sip/transaction/timers.ts';
import { AnswerRepeater } from './answer-repeater.ts';

const RELIABLE = '100rel';
/** Of the first RSeq (RFC 3262 §3). */
const HIGHEST_FIRST = 2 ** 31 - 1;
/** Characters of a RAck that are read: two numbers of ten digits, a method, spaces. */
const LONGEST_RACK = 64;

/** Whether a caller says that it takes media before the answer: by P-Early-Media (RFC 5009 §8), or because its provisional responses can be made sure (RFC 3262). */
export function takesEarlyMedia(invite: SipRequest): boolean {
  return invite.body.length > 0 && (asksForIt(invite) || isReliable(invite));
}

function asksForIt({ headers }: SipRequest): boolean {
  return headers.values('p-early-media').some((value) => value.toLowerCase() === 'supported');
}

function isReliable({ headers }: SipRequest): boolean {
  return headers.values('supported').some((option) => option.toLowerCase() === RELIABLE);
}

export interface EarlyMediaParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly invite: SipRequest;
  /** The 183 with our description. */
  readonly response: SipResponse;
  readonly send: (response: SipResponse) => void;
  /** No PRACK came, so the caller knows nothing of it. */
  readonly lost: () => void;
  /** Draws a number below `most`, for the first RSeq. */
  readonly draw: (most: number) => number;
}

/** A 183 with media, repeated until its PRACK comes (RFC 3262 §3); of a caller that sends none, repeated in case it was lost. */
export class EarlyMedia {
  /** Resolves when the PRACK has come, or none will; before, no 2xx may be sent (§5). */
  readonly acknowledged: Promise<void>;
  readonly #acknowledged = Promise.withResolvers<void>();
  readonly #repeater: AnswerRepeater;
  /** What the PRACK has to say; null where none is asked for. */
  readonly #rack: string | null;

  constructor({ clock, timers, invite, response, send, lost, draw }: EarlyMediaParts) {
    this.acknowledged = this.#acknowledged.promise;
    if (asksForIt(invite)) response.headers.append('P-Early-Media', 'sendrecv');
    const reliable = isReliable(invite);
    const sequence = 1 + draw(HIGHEST_FIRST);
    if (reliable) {
      response.headers.append('Require', RELIABLE);
      response.headers.append('RSeq', String(sequence));
    } else this.#acknowledged.resolve();
    this.#rack = reliable ? `${sequence} ${invite.cseq?.number} INVITE` : null;
    this.#repeater = new AnswerRepeater({
      clock,
      // §3: the interval doubles without an upper bound.
      timers: { ...timers, t2: 64 * timers.t1 },
      send: () => send(response),
      giveUp: () => {
        this.stop();
        if (reliable) lost();
      },
    });
  }

  /** Whether this is the PRACK that was waited for (§7.2). */
  takes(prack: SipRequest): boolean {
    const given = (prack.headers.get('rack') ?? '').slice(0, LONGEST_RACK).trim().split(/\s+/);
    if (this.#rack === null || given.join(' ') !== this.#rack) return false;
    this.stop();
    return true;
  }

  /** Says it no more. */
  stop(): void {
    this.#repeater.stop();
    this.#acknowledged.resolve();
  }
}
