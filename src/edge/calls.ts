import type { CallSink } from '../journal/event.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { SipMessage, SipRequest, SipResponse } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import type { Received } from './loop-check.ts';
import { returnFlow } from './outbound.ts';
import type { PeerFlow } from './route-token.ts';

/** Calls held, in set-up or answered; about 4 kB each. When more come, the oldest is held no longer, nor counted or ended. */
const MOST_CALLS = 50_000;

/** Milliseconds between two looks for calls that have lasted too long. */
const LOOK_EVERY = 5000;

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
export interface HeldCall {
  readonly callId: string;
  readonly trunks: readonly string[];
  readonly caller: CallEnd;
  readonly callerFlow: PeerFlow | null;
  /** Null until it answered. */
  callee: CallEnd | null;
  answeredAt: number;
}

export interface CallsParts {
  readonly journal: CallSink;
  readonly clock: Clock;
  /** Milliseconds that a call may last. */
  readonly longest: number;
  /** Ends a call that lasted too long, to both sides. */
  readonly cut: (call: HeldCall) => void;
}

/**
 * The admitted calls, to count those of a trunk and to end those that last too long. Nothing else depends on it: after
 * a restart calls are routed on by their tokens, but are no longer counted or ended.
 */
export class Calls {
  readonly #parts: CallsParts;
  /** In the order of admission; an answer moves a call to the end, so the answered are in the order of their answers. */
  readonly #calls = new Map<string, HeldCall>();
  readonly #byTrunk = new Map<string, number>();
  #timer: Timer | null = null;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Calls of the trunk in set-up or answered, in both directions. */
  ofTrunk(trunk: string): number {
    return this.#byTrunk.get(trunk) ?? 0;
  }

  /** A call was admitted. */
  begin(received: Received, { trunk }: Decision): void {
    const { request } = received;
    const key = keyOf(request, request.from?.tag);
    if (this.#calls.has(key)) return;
    this.#add(key, {
      callId: request.callId ?? '',
      trunks: trunk === null ? [] : [trunk],
      caller: endOf(request, request.headers.get('from'), request.from?.tag, request.cseq?.number ?? 0),
      callerFlow: returnFlow(received),
      callee: null,
      answeredAt: 0,
    });
    const [oldest] = this.#calls;
    if (this.#calls.size > MOST_CALLS && oldest) this.#remove(oldest[0]);
  }

  /** It was answered with a 2xx. */
  answered(request: SipRequest, response: SipResponse): void {
    const key = keyOf(request, request.from?.tag);
    const call = this.#calls.get(key);
    if (!call || call.callee) return;
    call.callee = endOf(response, response.headers.get('to'), response.to?.tag, 0);
    call.answeredAt = this.#parts.clock.now();
    this.#calls.delete(key);
    this.#calls.set(key, call);
    this.#watch();
  }

  /** It came to nothing. */
  failed(request: SipRequest): void {
    const key = keyOf(request, request.from?.tag);
    if (!this.#calls.get(key)?.callee) this.#remove(key);
  }

  /** A request within a call passed: its number is used up, and a new Contact is where this end is now (RFC 3261 §12.2). */
  passed(request: SipRequest, sender: 'caller' | 'callee'): void {
    const call = this.#calls.get(keyOf(request, sender === 'caller' ? request.from?.tag : request.to?.tag));
    const end = call?.[sender];
    if (!end || !call.callee || !isOf(call, request, sender)) return;
    end.cseq = Math.max(end.cseq, request.cseq?.number ?? 0);
    if (request.method === 'INVITE' || request.method === 'UPDATE') end.target = contactOf(request) ?? end.target;
  }

  /** A BYE was answered, or will never be. Its tags must be the call's own, so that a false BYE frees no place. */
  ended(bye: SipRequest, sender: 'caller' | 'callee'): void {
    const key = keyOf(bye, sender === 'caller' ? bye.from?.tag : bye.to?.tag);
    const call = this.#calls.get(key);
    if (call && isOf(call, bye, sender)) this.#remove(key);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #add(key: string, call: HeldCall): void {
    this.#calls.set(key, call);
    for (const trunk of call.trunks) this.#byTrunk.set(trunk, this.ofTrunk(trunk) + 1);
  }

  #remove(key: string): void {
    const call = this.#calls.get(key);
    if (!call) return;
    this.#calls.delete(key);
    for (const trunk of call.trunks) {
      const left = this.ofTrunk(trunk) - 1;
      if (left > 0) this.#byTrunk.set(trunk, left);
      else this.#byTrunk.delete(trunk);
    }
  }

  #watch(): void {
    this.#timer ??= this.#parts.clock.after(LOOK_EVERY, () => {
      this.#timer = null;
      this.#cutLong();
      if (this.#calls.size > 0) this.#watch();
    });
  }

  #cutLong(): void {
    const { clock, longest, cut, journal } = this.#parts;
    const at = clock.now();
    for (const [key, call] of this.#calls) {
      if (!call.callee) continue;
      if (at - call.answeredAt < longest) break;
      this.#remove(key);
      journal.record({ kind: 'end', callId: call.callId, at, by: 'gate' });
      cut(call);
    }
  }
}

function keyOf(message: SipMessage, callerTag: string | undefined): string {
  return `${message.callId ?? ''}\n${callerTag ?? ''}`;
}

function isOf({ caller, callee }: HeldCall, request: SipRequest, sender: 'caller' | 'callee'): boolean {
  const [from, to] = sender === 'caller' ? [caller, callee] : [callee, caller];
  return request.from?.tag === from?.tag && request.to?.tag === to?.tag;
}

function endOf(message: SipMessage, party = '', tag = '', cseq: number): CallEnd {
  return { party, tag, target: contactOf(message) ?? '', recordRoutes: message.headers.values('record-route'), cseq };
}

function contactOf(message: SipMessage): string | undefined {
  return parseNameAddr(message.headers.values('contact')[0] ?? '')?.uri;
}
