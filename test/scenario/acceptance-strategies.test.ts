import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureStrategies, ROOM, type Row } from '../acceptance/strategies.ts';

const CALLS = 100;

/** Whether no agent got more than `most` calls above another. */
function isEven(spread: readonly number[], most: number): boolean {
  return Math.max(...spread) - Math.min(...spread) <= most;
}

test('session groups share a hundred real calls by each of the five strategies', async () => {
  const rows = new Map<string, Row>();
  for await (const row of measureStrategies(CALLS)) rows.set(row.name, row);
  const spread = (name: string): readonly number[] => rows.get(name)?.spread ?? [];
  for (const { name, good, spread: shares } of rows.values()) {
    assert.equal(good, CALLS, name);
    assert.equal(
      shares.reduce((sum, share) => sum + share),
      CALLS,
      name,
    );
  }
  assert.deepEqual(spread('Hunt'), [CALLS, 0, 0]);

  const full = rows.get('Hunt, the first nearly full');
  const [first = 0, second = 0, third] = full?.spread ?? [];
  assert.ok(first > 0 && second > 0 && third === 0, String(full?.spread));
  assert.ok((full?.peaks[0] ?? Infinity) <= ROOM, String(full?.peaks));

  assert.ok(isEven(spread('RoundRobin'), 1), String(spread('RoundRobin')));
  const [small = 0, ...large] = spread('LeastBusy, 100:200:200');
  assert.ok(small > 0 && large.every((share) => share > small), String([small, ...large]));
  assert.ok(
    spread('PropDist, 200:300:500').every((share) => share > 0),
    String(spread('PropDist, 200:300:500')),
  );
  // What began within its window counts, and the window may pass meanwhile.
  assert.ok(isEven(spread('LowSusRate'), 5), String(spread('LowSusRate')));
});
