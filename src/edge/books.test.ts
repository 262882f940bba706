import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryPeers, settled } from '../../test/support/memory-peers.ts';
import { seeded } from '../../test/support/seeded.ts';
import { ManualClock } from '../kit/clock.ts';
import { FIRST } from '../kit/peers.ts';
import { inbound, outbound } from './agents/agent-board.ts';
import { CallBooks, ToldBooks, type BookedCall, type Books } from './books.ts';
import { Spending } from './spending/spending.ts';

const THREADS = 3;
const TRUNKS = ['a', 'b'];

/** What the threads of a gate have, and what FIRST counts of it. */
class Gate {
  readonly clock = new ManualClock();
  readonly #peers = new MemoryPeers(THREADS);
  readonly calls = Array.from({ length: THREADS }, () => new Map<string, BookedCall>());
  readonly #told: (ToldBooks | null)[] = Array.from({ length: THREADS }, () => null);
  spending: Spending;
  books: CallBooks;
  tried = 0;

  constructor() {
    [this.spending, this.books] = this.#openFirst();
    for (let thread = 1; thread < THREADS; thread += 1) this.#open(thread);
    this.#peers.join();
  }

  booksOf(thread: number): Books {
    return this.#told[thread] ?? this.books;
  }

  callsOf(thread: number): Map<string, BookedCall> {
    const calls = this.calls[thread];
    assert.ok(calls);
    return calls;
  }

  /** The thread ends, and another has taken its place: it finds `kept` again. */
  replace(thread: number, kept: (call: BookedCall) => boolean): void {
    this.#peers.lose(thread);
    const calls = this.callsOf(thread);
    for (const [key, call] of calls) if (!kept(call)) calls.delete(key);
    if (thread === FIRST) [this.spending, this.books] = this.#openFirst();
    else this.#open(thread);
    this.#peers.join(thread);
  }

  #openFirst(): [Spending, CallBooks] {
    const terms = { trunk: { minutes: 1e9 }, user: {} };
    const silent = { journal: { record: () => {}, heartbeat: () => {} }, onAlarm: () => {}, onError: () => {} };
    const spending = new Spending({ terms, store: null, clock: this.clock, ...silent });
    const agents = { tried: ({ length }: readonly string[]) => void (this.tried += length), freed: () => {} };
    const books = new CallBooks({ peers: this.#peers.of(FIRST), spending, agents });
    books.keep(this.callsOf(FIRST));
    return [spending, books];
  }

  #open(thread: number): void {
    const told = new ToldBooks(this.#peers.of(thread));
    told.keep(this.callsOf(thread));
    this.#told[thread] = told;
  }
}

describe('what FIRST counts is what the threads have, whatever they do and whichever of them is replaced', () => {
  for (let seed = 1; seed <= 8; seed += 1) test(`seed ${seed}`, () => play(seed));
});

async function play(seed: number): Promise<void> {
  const random = seeded(seed * 7919);
  const pick = (below: number): number => Math.floor(random() * below);
  const gate = new Gate();
  let made = 0;
  for (let step = 0; step < 400; step += 1) {
    const thread = pick(THREADS);
    const calls = gate.callsOf(thread);
    const books = gate.booksOf(thread);
    const [key, call] = [...calls][pick(calls.size)] ?? [];
    const what = pick(40);
    if (what < 14) {
      made += 1;
      const trunk = TRUNKS[pick(TRUNKS.length)] ?? '';
      const spender = pick(2) === 0 ? null : { trunk, user: null };
      const begun = {
        callId: `${made}`,
        trunks: [trunk, inbound('x')],
        spender,
        guestOf: null,
        called: '+1',
        answeredAt: 0,
      };
      if (thread !== FIRST) gate.books.hold(structuredClone(begun), `${made}`, thread);
      calls.set(`${made}`, begun);
      books.begun(begun, `${made}`);
    } else if (what < 20) gate.clock.advance(pick(60_000));
    else if (what === 20) gate.replace(thread, ({ answeredAt }) => answeredAt > 0 && pick(4) > 0);
    else if (!call || key === undefined) continue;
    else if (what < 25) books.trying(call, pick(2) === 0 ? [] : ['y'], key);
    else if (what < 27 && call.answeredAt === 0) books.forwarded(call, { trunk: 'b', user: null }, '+2', key);
    else if (what < 32 && call.answeredAt === 0) {
      call.answeredAt = gate.clock.now();
      books.answered(call, key);
    } else {
      calls.delete(key);
      books.ended(call, key);
    }
    if (pick(8) === 0) await settled();
  }
  await settled();

  const all = gate.calls.flatMap((calls) => [...calls.values()]);
  assert.ok(all.length > 0);
  for (const counter of [...TRUNKS, inbound('x'), outbound('y')])
    assert.equal(gate.books.ofTrunk(counter), all.filter(({ trunks }) => trunks.includes(counter)).length, counter);
  const { spenders } = gate.spending.report(10) as { spenders: { trunk: string; callsUp: number }[] };
  for (const trunk of TRUNKS) {
    const up = all.filter(({ spender }) => spender?.trunk === trunk).length;
    assert.equal(spenders.find((found) => found.trunk === trunk)?.callsUp ?? 0, up, trunk);
  }
  for (const [thread, calls] of gate.calls.entries())
    for (const [key, call] of calls) gate.booksOf(thread).ended(call, key);
  await settled();
  for (const counter of [...TRUNKS, inbound('x'), outbound('y')]) assert.equal(gate.books.ofTrunk(counter), 0);
  assert.ok(gate.tried > 0);
}
