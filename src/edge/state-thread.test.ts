import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { MemoryPeers } from '../../test/support/memory-peers.ts';
import { ManualClock } from '../kit/clock.ts';
import { FIRST } from '../kit/peers.ts';
import { CallsAtFirst } from './calls-at-first.ts';
import type { HeldCall } from './held-call.ts';
import { Spending } from './spending/spending.ts';
import { SqliteCalls } from './sqlite-calls.ts';
import { StandingCalls, type CallStore } from './standing-calls.ts';
import { StateThread } from './state-thread.ts';

function heldCall(callId: string): HeldCall {
  const end = { party: '<sip:a@one.example>;tag=t', tag: 't', target: 'sip:a@192.0.2.7', recordRoutes: [], cseq: 1 };
  const spender = { trunk: 'test:one', user: null };
  return {
    callId,
    trunks: ['test:one'],
    spender,
    guestOf: null,
    called: '+12065550100',
    caller: end,
    callerFlow: null,
    callee: end,
    answeredAt: 1,
    expiresAt: null,
  };
}

test('10.7 10.9 standing calls and spending are written by a thread, and read by the next gate', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const files = { calls: join(folder, 'calls.db'), spending: join(folder, 'spending.db') };
  const open = (): StateThread => new StateThread({ ...files, clock: new ManualClock(), onError });
  const first = open();
  assert.deepEqual(first.calls.load(), { seen: 0, calls: [] });
  assert.deepEqual([...first.spending.load()], []);
  first.calls.save([['a', heldCall('a')]], 7);
  first.calls.save([['b', heldCall('b')]], 8);
  first.calls.save([['a', null]], 9);
  await first.close();
  const second = open();
  assert.deepEqual(second.calls.load(), { seen: 9, calls: [['b', heldCall('b')]] });
  await second.close();
  assert.deepEqual(errors, []);
});

test('10.7 what the disk did not take is written with what comes next', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const failed = Promise.withResolvers<unknown>();
  const files = { calls: join(folder, 'calls.db'), spending: join(folder, 'spending.db') };
  const first = new StateThread({ ...files, clock: new ManualClock(), onError: failed.resolve });
  assert.equal(first.calls.load().seen, 0);
  first.calls.save([['a', heldCall('a')]], 7);
  const other = new DatabaseSync(files.calls, { timeout: 1000 });
  while (other.prepare('SELECT at FROM seen').get() === undefined) await new Promise(setImmediate);
  other.exec('BEGIN IMMEDIATE');
  first.calls.save([['a', null], ['b', heldCall('b')]], 8); // prettier-ignore
  assert.match(String(await failed.promise), /locked/);
  other.exec('ROLLBACK');
  other.close();
  first.calls.save([['c', heldCall('c')]], 9);
  await first.close();
  const calls = new Map(new StateThread({ ...files, clock: new ManualClock(), onError: () => {} }).calls.load().calls);
  assert.deepEqual([...calls.keys()].sort(), ['b', 'c']);
});

test('10.7 a standing call that cannot be read is passed over, and the others are there', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'calls.db');
  const store = new SqliteCalls(file);
  store.save([['a', heldCall('a')]], 7);
  const database = new DatabaseSync(file);
  const { trunks, ...other } = heldCall('b');
  for (const text of ['{}', 'null', '{"callId":', JSON.stringify({ ...other, trunk: trunks[0] })])
    database.prepare('INSERT INTO calls VALUES (?, ?)').run(text, text);
  database.close();
  assert.deepEqual(store.load(), { seen: 7, calls: [['a', heldCall('a')]] });
  store.close();
});

test('10.7 no write takes more than a hundred calls at a time, and all are written in the end', () => {
  const clock = new ManualClock();
  const calls = new Map(Array.from({ length: 250 }, (_, index) => [`c${index}`, heldCall(`c${index}`)]));
  const written: number[] = [];
  let full = true;
  const errors: unknown[] = [];
  const store: CallStore = {
    load: () => ({ seen: 0, calls: [] }),
    save: (changes) => {
      if (full) throw new Error('the disk is full');
      written.push(changes.length);
    },
    close: () => {},
  };
  const onError = (error: unknown): void => void errors.push(error);
  const standing = new StandingCalls({ clock, store, call: (key) => calls.get(key), onError });
  for (const key of calls.keys()) standing.changed(key);
  clock.advance(1000);
  assert.equal(errors.length, 1);
  full = false;
  clock.advance(1000);
  clock.advance(10);
  clock.advance(10);
  assert.deepEqual(written, [100, 100, 50]);
  standing.close();
});

test('10.9 no write takes more than a hundred rows of spending at a time; without a limit there is none', () => {
  for (const [trunk, expected] of [
    [{ calls: 9 }, [100, 100, 50]],
    [{}, []],
  ] as const) {
    const clock = new ManualClock();
    const written: number[] = [];
    const spending = new Spending({
      terms: { trunk, user: {} },
      store: { load: () => [], save: (changes) => void written.push(changes.length), close: () => {} },
      journal: { record: () => {}, heartbeat: () => {} },
      clock,
      onAlarm: () => {},
      onError: (error) => assert.fail(String(error)),
    });
    for (let index = 0; index < 250; index += 1) {
      const call = heldCall(`c${index}`);
      const paid = { ...call, spender: { trunk: `test:${index}`, user: null } };
      spending.begun(paid);
      spending.ended(paid);
    }
    clock.advance(1000);
    clock.advance(10);
    clock.advance(10);
    assert.deepEqual(written, expected);
    spending.close();
  }
});

test('10.7 what other threads save is in the one file, also what they saved while the first one was away', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const files = { calls: join(folder, 'calls.db'), spending: join(folder, 'spending.db') };
  const peers = new MemoryPeers(2);
  const open = (): StateThread =>
    new StateThread({ ...files, clock: new ManualClock(), peers: peers.of(FIRST), onError });
  const other = new CallsAtFirst({ file: files.calls, peers: peers.of(1), onError });
  assert.deepEqual(other.load(), { seen: 0, calls: [] });
  const first = open();
  peers.join();
  first.calls.save([['a', heldCall('a')]], 1);
  other.save([['b', heldCall('b')]], 2);
  // More than are asked for at once, and one that changes meanwhile.
  other.save(
    Array.from({ length: 250 }, (_, index) => [`c${index}`, heldCall(`c${index}`)] as const),
    3,
  );
  other.save([['c7', null]], 4);
  await other.settled();
  await first.close();
  const { seen, calls } = other.load();
  assert.deepEqual([seen, calls.length], [4, 251]);
  assert.ok(calls.every(([key, call]) => key === call.callId && key !== 'c7'));

  peers.lose(FIRST);
  other.save([['b', null]], 5);
  await other.settled();
  assert.equal(other.load().calls.length, 251);
  const second = open();
  peers.join(FIRST);
  await other.settled();
  await second.close();
  assert.deepEqual([other.load().seen, other.load().calls.length], [5, 250]);
  assert.deepEqual(errors, []);
});

test('10.7 what cannot be kept is told, and saved again with the next', async () => {
  const errors: unknown[] = [];
  const peers = new MemoryPeers(2);
  const saved: string[][] = [];
  let full = true;
  peers.of(FIRST).on('standing-calls', ({ changes }: { changes: [string, HeldCall | null][] }) => {
    if (full) throw new Error('the disk is full');
    saved.push(changes.map(([key]) => key));
  });
  peers.join();
  const other = new CallsAtFirst({ file: 'none.db', peers: peers.of(1), onError: (error) => errors.push(error) });
  other.save([['a', heldCall('a')]], 1);
  await other.settled();
  assert.equal(errors.length, 1);
  full = false;
  other.save([['b', heldCall('b')]], 2);
  await other.settled();
  assert.deepEqual(saved, [['a', 'b']]);
});
