import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { MemoryPeers, settled } from '../../test/support/memory-peers.ts';
import { ManualClock } from '../kit/clock.ts';
import { FIRST } from '../kit/peers.ts';
import type { CallEvent } from './event.ts';
import { Metrics } from './exposition.ts';
import { Journal, startWriter } from './journal.ts';
import { JournalMetrics } from './metrics.ts';

const SOURCE = { transport: 'udp', address: '198.51.100.7', port: 5060 };

/** The journals of several threads, on one file. */
class Journals {
  readonly clock = new ManualClock();
  readonly peers: MemoryPeers;
  readonly writers: Worker[] = [];
  readonly errors: unknown[] = [];
  readonly #file: string;
  readonly #registries: Metrics[] = [];

  constructor(t: TestContext, count: number) {
    const folder = mkdtempSync(join(tmpdir(), 'journal-'));
    t.after(() => rmSync(folder, { recursive: true }));
    this.#file = join(folder, 'journal.db');
    this.peers = new MemoryPeers(count);
  }

  open(thread: number): Journal {
    const registry = new Metrics();
    this.#registries[thread] = registry;
    return new Journal({
      file: this.#file,
      clock: this.clock,
      metrics: new JournalMetrics(registry),
      start: (file) => {
        assert.equal(thread, FIRST, 'one thread opens the file');
        const writer = startWriter(file);
        this.writers.push(writer);
        return writer;
      },
      peers: this.peers.of(thread),
      onError: (error) => this.errors.push(error),
    });
  }

  /** Events that a thread lost. */
  async dropped(thread: number): Promise<number> {
    const text = (await this.#registries[thread]?.metrics()) ?? '';
    return Number(/^tollgate_journal_dropped_total (\d+)$/m.exec(text)?.[1]);
  }
}

function answered(callId: string): CallEvent {
  return { kind: 'answer', callId, at: 1, status: 200 };
}

function dropped(packets: number): CallEvent {
  return { kind: 'drop', callId: '', at: 1, source: SOURCE, reason: 'banned', packets };
}

test('the first thread tells at once what happened in another', async (t) => {
  const threads = new Journals(t, 3);
  const journals = [0, 1, 2].map((thread) => threads.open(thread));
  const [first, second, third] = journals as [Journal, Journal, Journal];
  threads.peers.join();
  first.record(answered('c0'));
  second.record(answered('c1'));
  third.record(answered('c2'));
  for (const callId of ['c0', 'c1', 'c2']) assert.equal((await first.call(callId))?.callId, callId);
  assert.equal((await first.calls({ limit: 10 })).calls.length, 3);

  second.record(dropped(7));
  assert.deepEqual((await first.drops(10)).map((event) => 'packets' in event && event.packets), [7]); // prettier-ignore
  third.heartbeat('test:one', '192.0.2.1', 5);
  assert.deepEqual(await first.lastHeartbeat('test:one'), { source: '192.0.2.1', at: 5 });
  third.heartbeat('test:one', '192.0.2.1', 6);
  threads.clock.advance(100);
  await settled();
  assert.deepEqual(await first.lastHeartbeat('test:one'), { source: '192.0.2.1', at: 6 });

  // What was recorded last is written before a thread ends.
  second.record(answered('c3'));
  await second.close();
  assert.equal((await first.call('c3'))?.callId, 'c3');
  await third.close();
  await first.close();
  assert.deepEqual(threads.errors, []);
});

test('refusals that another thread only counted are told with the counts', async (t) => {
  const threads = new Journals(t, 2);
  const [first, second] = [threads.open(FIRST), threads.open(1)];
  threads.peers.join();
  const refusal: CallEvent = {
    kind: 'refusal',
    callId: 'r',
    at: 1,
    source: SOURCE,
    method: 'OPTIONS',
    reason: 'stranger',
    status: 403,
  };
  for (let turn = 0; turn < 65; turn += 1) second.record(refusal);
  const told = await first.drops(10);
  assert.deepEqual(told.map((event) => 'requests' in event && event.requests), [5]); // prettier-ignore
  await second.close();
  await first.close();
});

test('what a thread records while the first one is away is kept for the next, up to a bound', async (t) => {
  const threads = new Journals(t, 2);
  const [before, second] = [threads.open(FIRST), threads.open(1)];
  threads.peers.join();
  second.record(answered('c1'));
  assert.equal((await before.call('c1'))?.callId, 'c1');

  // Nobody says that this one was written.
  second.record(answered('c2'));
  threads.clock.advance(100);
  threads.peers.lose(FIRST);
  assert.equal(await threads.dropped(1), 1);
  second.record(answered('c3'));
  threads.clock.advance(100);
  const long = { ...answered('c4'), kind: 'application', text: 'x'.repeat(1024 * 1024) } as CallEvent;
  for (let turn = 0; turn < 20; turn += 1) second.record(long);
  const lost = await threads.dropped(1);
  assert.ok(lost > 1 && lost < 10, `${lost} of 21 MiB are lost`);
  await before.close();

  const after = threads.open(FIRST);
  threads.peers.join(FIRST);
  assert.equal((await after.call('c1'))?.callId, 'c1');
  assert.equal((await after.call('c3'))?.callId, 'c3');
  second.record(answered('c5'));
  assert.equal((await after.call('c5'))?.callId, 'c5');
  assert.equal(await threads.dropped(1), lost);
  await second.close();
  await after.close();
});

test('a writer that dies loses what it was given, of all threads; what comes meanwhile waits for the next', async (t) => {
  const threads = new Journals(t, 2);
  const [first, second] = [threads.open(FIRST), threads.open(1)];
  threads.peers.join();
  // It has the file open then.
  await first.call('c0');
  const dies = threads.writers[0]?.terminate();
  second.record(answered('c1'));
  threads.clock.advance(100);
  await settled();
  await dies;
  await settled();
  assert.equal(await threads.dropped(1), 1);

  second.record(answered('c2'));
  threads.clock.advance(100);
  await settled();
  threads.clock.advance(400);
  assert.equal((await first.call('c2'))?.callId, 'c2');
  assert.equal(await first.call('c1'), undefined);
  for (let turn = 1; turn < 6; turn += 1) {
    await threads.writers[turn]?.terminate();
    threads.clock.advance(500 * 2 ** turn);
  }
  assert.equal(threads.writers.length, 6);
  second.record(answered('c3'));
  threads.clock.advance(100);
  await settled();
  assert.equal(await threads.dropped(1), 2, 'nobody will write it');
  await second.close();
  await first.close();
});
