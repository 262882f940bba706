import { FIRST, type Peers } from '../kit/peers.ts';
import { TextMap } from '../kit/text-map.ts';
import { isAnsweredHere, type Decision } from '../rulebook/decide/decision.ts';
import { inbound, isOutbound, outbound, type AgentBoard } from './agents/agent-board.ts';
import { isPaid, type PaidCall, type Spender, type Spending } from './spending/spending.ts';

/** An admitted call, as far as it is counted. */
export interface BookedCall extends PaidCall {
  /** What it is counted under: its trunk, and the agents and networks that it came from and goes to. */
  trunks: readonly string[];
  /** Whose minutes it uses; null for an emergency call, and one from the telephone network. */
  spender: Spender | null;
  called: string | null;
  /** Milliseconds since the epoch; 0 until it is answered. */
  answeredAt: number;
}

/** Counts the calls of each trunk and what they cost, in whichever thread they are. `key` names a call in its thread. */
export interface Books {
  /** Calls of the trunk in set-up or answered, in both directions; likewise of whatever else calls are counted under. */
  ofTrunk(key: string): number;
  /** Where those of this thread are held; those that stand there already are taken up. */
  keep(calls: Iterable<readonly [key: string, call: BookedCall]>): void;
  /** A call of this thread was admitted. */
  begun(call: BookedCall, key: string): void;
  /** A call of another thread was admitted, or stood before that thread did. */
  hold(call: BookedCall, key: string, thread: number): void;
  /** It is tried at a place that counts it under these; the place before does no more. */
  trying(call: BookedCall | undefined, counters: readonly string[], key: string): void;
  /** Somebody else pays for the rest of it. */
  forwarded(call: BookedCall, spender: Spender, called: string | null, key: string): void;
  answered(call: BookedCall, key: string): void;
  /** It is over, answered or not. */
  ended(call: BookedCall, key: string): void;
}

export interface CallBooksParts {
  readonly peers: Peers;
  readonly spending: Spending;
  /** Told of the counters that a call is about to be tried under, and of those of a call that is over. */
  readonly agents: Pick<AgentBoard, 'tried' | 'freed'>;
}

/** What threads tell FIRST of their calls: plain data. */
export type BooksWord =
  /** All that the thread has. */
  | { readonly kind: 'all'; readonly calls: readonly (readonly [key: string, call: BookedCall])[] }
  | { readonly kind: 'begun'; readonly key: string; readonly call: BookedCall }
  | { readonly kind: 'trying'; readonly key: string; readonly counters: readonly string[] }
  | { readonly kind: 'forwarded'; readonly key: string; readonly spender: Spender; readonly called: string | null }
  | { readonly kind: 'answered'; readonly key: string; readonly at: number }
  | { readonly kind: 'ended'; readonly key: string };

/** The books themselves, of the calls of all threads: FIRST has them. */
export class CallBooks implements Books {
  readonly #parts: CallBooksParts;
  readonly #counts = new TextMap<number>();
  /** By thread and key; no more than these threads hold, which bound it. */
  readonly #others = new Map<number, Map<string, BookedCall>>();

  constructor(parts: CallBooksParts) {
    this.#parts = parts;
    parts.peers.on('books', (word: BooksWord, thread) => this.#hear(word, thread));
    parts.peers.onLost((thread) => this.#lost(thread));
  }

  ofTrunk(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  keep(calls: Iterable<readonly [key: string, call: BookedCall]>): void {
    for (const [, call] of calls) this.#takeUp(call);
  }

  begun(call: BookedCall): void {
    this.#parts.spending.begun(call);
    this.#count(call.trunks);
  }

  hold(call: BookedCall, key: string, thread: number): void {
    const calls = this.#callsOf(thread);
    if (calls.has(key)) return;
    calls.set(key, call);
    this.#takeUp(call);
  }

  trying(call: BookedCall | undefined, counters: readonly string[]): void {
    if (call) {
      this.#uncount(call.trunks);
      call.trunks = triedUnder(call, counters);
      this.#count(call.trunks);
    }
    this.#parts.agents.tried(counters);
  }

  forwarded(call: BookedCall, spender: Spender, called: string | null): void {
    const { spending } = this.#parts;
    spending.ended(call);
    call.spender = spender;
    call.called = called;
    spending.begun(call);
  }

  answered(call: BookedCall): void {
    this.#parts.spending.answered(call);
  }

  ended(call: BookedCall): void {
    this.#uncount(call.trunks);
    this.#parts.agents.freed(call.trunks);
    this.#parts.spending.ended(call);
  }

  #takeUp(call: BookedCall): void {
    this.begun(call);
    if (call.answeredAt > 0) this.answered(call);
  }

  #hear(word: BooksWord, thread: number): void {
    if (word.kind === 'all') return this.#settle(word.calls, thread);
    if (word.kind === 'begun') return this.hold(word.call, word.key, thread);
    const calls = this.#callsOf(thread);
    const call = calls.get(word.key);
    if (word.kind === 'trying') return this.trying(call, word.counters);
    if (!call) return;
    if (word.kind === 'forwarded') return this.forwarded(call, word.spender, word.called);
    if (word.kind === 'answered') {
      call.answeredAt = word.at;
      return this.answered(call);
    }
    calls.delete(word.key);
    this.ended(call);
  }

  /** Frees what the thread does not have any more, and takes up what is not known of it. */
  #settle(told: readonly (readonly [key: string, call: BookedCall])[], thread: number): void {
    const there = new Set(told.map(([key]) => key));
    this.#free(thread, (_, key) => !there.has(key));
    for (const [key, call] of told) this.hold(call, key, thread);
  }

  /** Answered calls go on without their thread; whoever takes its place says which of them it found again. */
  #lost(thread: number): void {
    this.#free(thread, ({ answeredAt }) => answeredAt === 0);
  }

  #free(thread: number, isGone: (call: BookedCall, key: string) => boolean): void {
    const calls = this.#callsOf(thread);
    for (const [key, call] of calls) {
      if (!isGone(call, key)) continue;
      calls.delete(key);
      this.ended(call);
    }
  }

  #callsOf(thread: number): Map<string, BookedCall> {
    const known = this.#others.get(thread);
    if (known) return known;
    const calls = new Map<string, BookedCall>();
    this.#others.set(thread, calls);
    return calls;
  }

  #count(keys: readonly string[]): void {
    for (const key of keys) this.#counts.set(key, this.ofTrunk(key) + 1);
  }

  #uncount(keys: readonly string[]): void {
    for (const key of keys) {
      const left = this.ofTrunk(key) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    }
  }
}

/**
 * What a thread that is not FIRST has in place of the books: it tells FIRST, and knows of no calls itself, so that what it
 * would refuse is to be refused whatever is counted. FIRST holds the place of a call from its admission on.
 */
export class ToldBooks implements Books {
  readonly #peers: Peers;

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  ofTrunk(): number {
    return 0;
  }

  /** FIRST hears of them all when it is there, and again when it was replaced. */
  keep(calls: Iterable<readonly [key: string, call: BookedCall]>): void {
    const tellAll = (): void =>
      this.#tell({ kind: 'all', calls: Array.from(calls, ([key, call]) => [key, plain(call)]) });
    tellAll();
    this.#peers.onJoined((thread) => {
      if (thread === FIRST) tellAll();
    });
  }

  /** FIRST has it since it was asked, unless it was replaced or told of all calls meanwhile. */
  begun(call: BookedCall, key: string): void {
    this.#tell({ kind: 'begun', key, call: plain(call) });
  }

  hold(): void {}

  trying(call: BookedCall | undefined, counters: readonly string[], key: string): void {
    const before = call?.trunks ?? [];
    if (counters.length === 0 && !before.some(isOutbound)) return;
    if (call) call.trunks = triedUnder(call, counters);
    this.#tell({ kind: 'trying', key, counters });
  }

  forwarded(call: BookedCall, spender: Spender, called: string | null, key: string): void {
    call.spender = spender;
    call.called = called;
    this.#tell({ kind: 'forwarded', key, spender, called });
  }

  answered({ answeredAt: at }: BookedCall, key: string): void {
    this.#tell({ kind: 'answered', key, at });
  }

  ended(_: BookedCall, key: string): void {
    this.#tell({ kind: 'ended', key });
  }

  #tell(word: BooksWord): void {
    this.#peers.tell(FIRST, 'books', word);
  }
}

/** What an admitted call is counted under, and who pays for it. */
export function bookedBy(decision: Decision, callId: string): BookedCall {
  const { trunk, username, called, direction, parent, counters = [] } = decision;
  return {
    callId,
    // A leg of a call is none of its own to the trunk.
    trunks: [...(trunk === null || parent !== undefined ? [] : [trunk]), ...counters.map(inbound)],
    spender: trunk !== null && isPaidFor(decision) ? { trunk, user: username } : null,
    guestOf: direction === 'origination' && parent === undefined ? trunk : null,
    called,
    answeredAt: 0,
  };
}

/** Whether somebody pays for the call: it goes to a carrier. */
function isPaidFor(decision: Decision): boolean {
  const { direction, called } = decision;
  return direction !== 'origination' && direction !== 'internal' && isPaid(called) && !isAnsweredHere(decision);
}

function triedUnder({ trunks }: BookedCall, counters: readonly string[]): string[] {
  return [...trunks.filter((key) => !isOutbound(key)), ...counters.map(outbound)];
}

/** Without what only its thread needs. */
function plain({ callId, trunks, spender, guestOf, called, answeredAt }: BookedCall): BookedCall {
  return { callId, trunks, spender, guestOf, called, answeredAt };
}
