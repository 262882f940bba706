import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Segments } from './segments.ts';

const ROWS = 50;

function fill(segments: Segments, from: number, to: number): void {
  for (let sequence = from; sequence <= to; sequence += 1)
    segments.insert({ sequence, callId: `c${sequence}`, data: '{}' }, `d${sequence}`);
}

test('the oldest rows go as a whole when the segments are full, also over a restart', () => {
  const database = new DatabaseSync(':memory:');
  const first = new Segments(database, 'calls', 2, ROWS);
  assert.equal(first.last, 0);
  fill(first, 1, ROWS + 10);
  assert.equal(first.ofCall('c1').length, 1);
  const segments = new Segments(database, 'calls', 2, ROWS);
  assert.equal(segments.last, ROWS + 10);
  fill(segments, ROWS + 11, 2 * ROWS + 1);
  assert.equal(segments.ofDecision('d1'), undefined);
  assert.deepEqual(segments.ofCall('c1'), []);
  assert.equal(segments.ofDecision(`d${ROWS + 1}`)?.sequence, ROWS + 1);
  assert.deepEqual(
    segments.newest(2 * ROWS + 1, 2).map(({ callId }) => callId),
    [`c${2 * ROWS}`, `c${2 * ROWS - 1}`],
  );
  assert.equal(segments.newest(Number.MAX_SAFE_INTEGER, 2 * ROWS).length, ROWS + 1, 'pages go on in older segments');
  database.close();
});
