import type { CallSink } from '../journal/event.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import { hex } from '../kit/ids.ts';
import type { Peers } from '../kit/peers.ts';
import { TextMap } from '../kit/text-map.ts';
import type { Decision, Target } from '../rulebook/decide/decision.ts';
import type { SipMessage, SipRequest, SipResponse } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import { bookedBy, type Books } from './books.ts';
import type { CallEnd, HeldCall } from './held-call.ts';
import type { CutReason } from './long-call.ts';
import type { Received } from './loop-check.ts';
import { returnFlow } from './outbound.ts';
import { sessionExpires } from './session-timer.ts';
import { isPaid } from './spending/spending.ts';
import { StandingCalls, type CallStore } from './standing-calls.ts';

/** Calls held, in set-up or answered; about 4 kB each. When more come, the oldest is held no longer, nor counted or ended. */
export const MOST_CALLS = 50_000;

/** Milliseconds between two looks for calls that have lasted too long, or that are dead. */
const LOOK_EVERY = 5000;

export interface CallsParts {
  readonly journal: CallSink;
  readonly peers: Peers;
  readonly books: Books;
  readonly clock: Clock;
  /** Keeps answered calls over a restart; null keeps none. */
  readonly store: CallStore | null;
  /** Milliseconds that a call may last. */
  readonly longest: number;
  /** Ends a call to both sides. */
  readonly cut: (call: HeldCall, why: CutReason) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * The admitted calls of this thread, to tell the books of them, and to end those that last too long. Their routing does
 * not depend on it: that is in their tokens.
 */
export class Calls {
  readonly #parts: CallsParts;
  /** In the order of admission; an answer moves a call to the end, so the answered are in the order of their answers. */
  readonly #calls = new TextMap<HeldCall>();
  /** Of calls whose name another had first, by that name. */
  readonly #furtherKeys = new Map<string, Set<string>>();
  /** The same, by their INVITEs. */
  readonly #furtherCalls = new WeakMap<SipRequest, string>();
  /** Of calls that FIRST is asked about. */
  readonly #expected = new Set<string>();
  readonly #standing: StandingCalls;
  #timer: Timer | null = null;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#standing = new StandingCalls({ ...parts, call: (key) => this.#calls.get(key) });
    const { peers, books } = parts;
    for (const [key, call, thread] of this.#standing.load()) {
      if (thread === peers.self) this.#put(key, call);
      // They take their places until their own thread says what it has.
      else books.hold(call, key, thread);
    }
    books.keep(this.#calls);
    if (this.#calls.size > 0) this.#watch();
  }

  get size(): number {
    return this.#calls.size;
  }

  /** The user who placed the call that a request belongs to; null when none proved to. */
  userOf(request: SipRequest, sender: 'caller' | 'callee'): string | null {
    return this.answeredCall(request, sender)?.spender?.user ?? null;
  }

  /** The answered call that a request of its dialog belongs to; undefined when it is not held here. */
  answeredCall(request: SipRequest, sender: 'caller' | 'callee'): HeldCall | undefined {
    return this.#of(request, sender)?.[1];
  }

  /** FIRST is asked about a call: the key of it from now on. */
  expect(request: SipRequest): string {
    const key = this.#keyForNew(request);
    this.#expected.add(key);
    return key;
  }

  /** FIRST has answered, or never will. */
  unexpect(key: string): void {
    this.#expected.delete(key);
  }

  /** A call was admitted. `key` when FIRST was asked about it. */
  begin(received: Received, decision: Decision, key: string = this.#keyForNew(received.request)): void {
    const { request } = received;
    this.#add(key, {
      ...bookedBy(decision, request.callId ?? ''),
      atBorder: decision.direction === 'transit',
      caller: endOf(request, request.headers.get('from'), request.from?.tag, request.cseq?.number ?? 0),
      callerFlow: returnFlow(received),
      callee: null,
      expiresAt: null,
    });
    const { oldest } = this.#calls;
    if (this.#calls.size > MOST_CALLS && oldest) this.#remove(oldest[0]);
  }

  /** It is tried at a place that counts it under these, and lets it last so many seconds; the place before does no more. */
  trying(request: SipRequest, { counters = [], longestSeconds }: Pick<Target, 'counters' | 'longestSeconds'>): void {
    const key = this.#keyOf(request);
    const call = this.#calls.get(key);
    this.#parts.books.trying(call, counters, key);
    if (call) call.longest = longestSeconds === undefined ? undefined : longestSeconds * 1000;
  }

  /** The line that it was for forwards it out of the company, and pays for that. */
  forwarded(request: SipRequest, { trunk, username, called }: Decision): void {
    const key = this.#keyOf(request);
    const call = this.#calls.get(key);
    if (!call || trunk === null || !isPaid(called)) return;
    this.#parts.books.forwarded(call, { trunk, user: username }, called, key);
  }

  /** It was answered with a 2xx. */
  answered(request: SipRequest, response: SipResponse): void {
    const key = this.#keyOf(request);
    const call = this.#calls.get(key);
    if (!call || call.callee) return;
    const now = this.#parts.clock.now();
    call.callee = endOf(response, response.headers.get('to'), response.to?.tag, 0);
    call.answeredAt = now;
    call.expiresAt = sessionExpires(response, now);
    this.#calls.delete(key);
    this.#calls.set(key, call);
    this.#parts.books.answered(call, key);
    this.#standing.changed(key);
    this.#watch();
  }

  /** It came to nothing. */
  failed(request: SipRequest): void {
    const key = this.#keyOf(request);
    if (!this.#calls.get(key)?.callee) this.#remove(key);
  }

  /** A request within a call passed: its number is used up, and a new Contact is where this end is now (RFC 3261 §12.2). */
  passed(request: SipRequest, sender: 'caller' | 'callee'): void {
    const [key, call] = this.#of(request, sender) ?? [];
    const end = call?.[sender];
    if (key === undefined || !end) return;
    end.cseq = Math.max(end.cseq, request.cseq?.number ?? 0);
    if (request.method === 'INVITE' || request.method === 'UPDATE') end.target = contactOf(request) ?? end.target;
    this.#standing.changed(key);
  }

  /**
   * A re-INVITE or UPDATE was answered with a 2xx, which says anew until when the session lasts (RFC 4028 §10) and, when
   * it is certain that the other end `heard`, where that is now (RFC 3261 §12.2.1.2).
   */
  refreshed(
    request: SipRequest,
    response: SipResponse,
    { sender, heard }: { sender: 'caller' | 'callee'; heard: (call: HeldCall) => boolean },
  ): void {
    const [key, call] = this.#of(request, sender) ?? [];
    if (key === undefined || !call) return;
    call.expiresAt = sessionExpires(response, this.#parts.clock.now());
    const answerer = sender === 'caller' ? call.callee : call.caller;
    if (answerer && heard(call)) answerer.target = contactOf(response) ?? answerer.target;
    this.#standing.changed(key);
  }

  /**
   * A BYE was answered, or will never be. Its tags must be the call's own, so that a false BYE frees no place; one of which
   * it is not certain that the other end `heard` ends the call all the same, for the gate hangs up as well.
   */
  ended(bye: SipRequest, sender: 'caller' | 'callee', heard: (call: HeldCall) => boolean): void {
    const [key, call] = this.#of(bye, sender) ?? [];
    if (key === undefined || !call) return;
    this.#remove(key);
    if (!heard(call)) this.#parts.cut(call, 'hung-up');
  }

  close(): void {
    this.#timer?.cancel();
    this.#standing.close();
  }

  /** The answered call that a request of its dialog belongs to. */
  #of(request: SipRequest, sender: 'caller' | 'callee'): [key: string, call: HeldCall] | undefined {
    const name = nameOf(request, sender === 'caller' ? request.from?.tag : request.to?.tag);
    return this.#held(name, request, sender) ?? this.#furtherHeld(name, request, sender);
  }

  #furtherHeld(name: string, request: SipRequest, sender: 'caller' | 'callee'): [string, HeldCall] | undefined {
    for (const key of this.#furtherKeys.get(name) ?? []) {
      const held = this.#held(key, request, sender);
      if (held) return held;
    }
    return undefined;
  }

  #held(key: string, request: SipRequest, sender: 'caller' | 'callee'): [key: string, call: HeldCall] | undefined {
    const call = this.#calls.get(key);
    return call?.callee && isOf(call, request, sender) ? [key, call] : undefined;
  }

  /** The key of the call that an INVITE was admitted as. */
  #keyOf(invite: SipRequest): string {
    return this.#furtherCalls.get(invite) ?? nameOf(invite, invite.from?.tag);
  }

  /** A caller may give as many calls as it likes one Call-ID and tag: each is one more to count, and to end. */
  #keyForNew(invite: SipRequest): string {
    const name = nameOf(invite, invite.from?.tag);
    if (!this.#calls.has(name) && !this.#expected.has(name)) return name;
    const key = `${name}${FURTHER}${hex(FURTHER_BYTES)}`;
    this.#furtherCalls.set(invite, key);
    return key;
  }

  #put(key: string, call: HeldCall): void {
    this.#calls.set(key, call);
    const name = furtherTo(key);
    if (name === undefined) return;
    const keys = this.#furtherKeys.get(name);
    if (keys) keys.add(key);
    else this.#furtherKeys.set(name, new Set([key]));
  }

  #add(key: string, call: HeldCall): void {
    this.#put(key, call);
    this.#parts.books.begun(call, key);
  }

  #remove(key: string): void {
    const call = this.#calls.get(key);
    if (!call) return;
    this.#calls.delete(key);
    this.#forgetFurther(key);
    this.#parts.books.ended(call, key);
    if (call.callee) this.#standing.changed(key);
  }

  #forgetFurther(key: string): void {
    const name = furtherTo(key);
    const keys = name === undefined ? undefined : this.#furtherKeys.get(name);
    keys?.delete(key);
    if (name !== undefined && keys?.size === 0) this.#furtherKeys.delete(name);
  }

  #watch(): void {
    this.#timer ??= this.#parts.clock.after(LOOK_EVERY, () => {
      this.#timer = null;
      this.#endOverdue();
      this.#standing.seen();
      if (this.#calls.size > 0) this.#watch();
    });
  }

  #endOverdue(): void {
    const { clock, longest, cut, journal, onError } = this.#parts;
    const at = clock.now();
    for (const [key, call] of this.#calls) {
      const { callee, answeredAt, expiresAt } = call;
      const tooLong = at - answeredAt >= Math.min(longest, call.longest ?? Infinity);
      if (!callee || !(tooLong || (expiresAt !== null && at >= expiresAt))) continue;
      this.#remove(key);
      journal.record({ kind: 'end', callId: call.callId, at, by: 'gate' });
      try {
        cut(call, tooLong ? 'too-long' : 'expired');
      } catch (error) {
        // One that cannot be ended must not keep the others from it.
        onError(error);
      }
    }
  }
}

/** Stands between the parts of a key; no part can hold it. */
const FURTHER = '\n';

/** Of what tells a further call from those of the same name. */
const FURTHER_BYTES = 6;

/** What tells a call from others in its thread, unless its caller gave several the same: those have a key of their own. */
function nameOf(message: SipMessage, callerTag: string | undefined): string {
  return `${message.callId ?? ''}${FURTHER}${callerTag ?? ''}`;
}

/** The name that another call had first; undefined when the key is a name. */
function furtherTo(key: string): string | undefined {
  const end = key.lastIndexOf(FURTHER);
  return key.indexOf(FURTHER) < end ? key.slice(0, end) : undefined;
}

function isOf({ caller, callee }: HeldCall, request: SipRequest, sender: 'caller' | 'callee'): boolean {
  const [from, to] = sender === 'caller' ? [caller, callee] : [callee, caller];
  return request.from?.tag === from?.tag && request.to?.tag === to?.tag;
}

function endOf(message: SipMessage, party = '', tag = '', cseq: number): CallEnd {
  return { party, tag, target: contactOf(message) ?? '', recordRoutes: message.headers.values('record-route'), cseq };
}

function contactOf(message: SipMessage): string | undefined {
  return parseNameAddr(message.headers.firstValue('contact') ?? '')?.uri;
}
