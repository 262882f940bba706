import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ManualClock } from '../../../kit/clock.ts';
import { CallBook } from './book.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'call-book-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'calls.db');
}

test('calls that were not over when the process died are over in the next one', (t) => {
  const file = folderOf(t);
  const clock = new ManualClock();
  const first = new CallBook(file, clock);
  const call = { from: '+12065550199', to: 'sip:a@b', parent_call_sid: null } as const;
  const [ringing, talking, over] = [1, 2, 3].map(() => first.open({ ...call, direction: 'inbound' }));
  assert.ok(ringing && talking && over);
  talking.becomes('in-progress');
  over.becomes('in-progress');
  clock.advance(9600);
  over.end('completed');
  // What was there a moment ago was written; the process dies without a word.
  clock.advance(200);
  const second = new CallBook(file, clock);
  t.after(() => {
    second.close();
    first.close();
  });
  const [a, b, c] = [ringing, talking, over].map(({ sid }) => second.get(sid));
  assert.deepEqual([a?.status, b?.status, c?.status, c?.duration], ['failed', 'completed', 'completed', 10]);
  assert.ok(a?.end_time && b?.end_time);
  assert.equal(second.live(talking.sid), undefined);
  assert.deepEqual(second.list({ status: 'in-progress' }, { skip: 0, limit: 9 }), []);
});

test('only the first end of a call counts, and nothing comes after it', (t) => {
  const clock = new ManualClock();
  const book = new CallBook(folderOf(t), clock);
  t.after(() => book.close());
  const call = book.open({ from: 'a', to: 'b', direction: 'outbound-api', parent_call_sid: null });
  assert.deepEqual([call.record.status, call.record.start_time], ['queued', null]);
  call.end('busy');
  call.becomes('in-progress');
  call.end('completed');
  assert.deepEqual([book.get(call.sid)?.status, book.get(call.sid)?.duration], ['busy', 0]);
});
