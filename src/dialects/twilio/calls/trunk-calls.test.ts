import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ManualClock } from '../../../kit/clock.ts';
import { newestFirst } from '../../../kit/ids.ts';
import type { Decision } from '../../../rulebook/decide/decision.ts';
import { CallBook } from './book.ts';
import { TrunkCalls } from './trunk-calls.ts';

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'trunk-calls-'));
  const clock = new ManualClock();
  const book = new CallBook(join(folder, 'calls.db'), clock);
  t.after(() => {
    book.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const calls = new TrunkCalls(book);
  const judged = (callId: string, changes: Partial<Decision> = {}) => {
    const basics = { verdict: 'admit', trunk: 'twilio:TK1', direction: 'termination', caller: '+1', called: '+2' };
    const decision = { ...basics, id: newestFirst(clock.now()), targets: [], ...changes } as unknown as Decision;
    calls.judged(callId, decision);
    return `CA${decision.id}`;
  };
  return { clock, book, calls, judged };
}

test('a call is in the book from its admission to its end, the newest first', (t) => {
  const { clock, book, calls, judged } = open(t);
  const talking = judged('a');
  clock.advance(1000);
  const refused = ([486, 487, 480, 500] as const).map((status) => {
    clock.advance(10);
    const sid = judged(`refused ${status}`);
    calls.answered(`refused ${status}`, status);
    return sid;
  });
  calls.answered('a', 200);
  // A later refusal of something within the call is not its end.
  calls.answered('a', 481);
  assert.equal(book.get(talking)?.status, 'in-progress');
  clock.advance(61_000);
  calls.ended('a');
  const listed = book.list({}, { skip: 0, limit: 9 });
  assert.deepEqual(
    listed.map(({ sid, status, duration }) => [sid, status, duration]),
    [
      ...['failed', 'no-answer', 'canceled', 'busy'].map((status, index) => [refused[3 - index], status, 0]),
      [talking, 'completed', 61],
    ],
  );
});

test('calls of others, refused ones and repeats have no record', (t) => {
  const { book, calls, judged } = open(t);
  judged('a', { trunk: 'amazon:one' });
  judged('b', { verdict: 'refuse' });
  judged('c', { trunk: null });
  judged('d', { trunk: 'twilio:SD1' });
  judged('e');
  judged('e');
  calls.ended('nobody');
  assert.equal(book.list({}, { skip: 0, limit: 9 }).length, 1);
});
