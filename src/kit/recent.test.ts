import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from './recent.ts';

test('what was used last stays, and what had to go is told', () => {
  const gone: number[] = [];
  const recent = new Recent<string, number>(2, (value) => gone.push(value));
  recent.set('a', 1);
  recent.set('b', 2);
  assert.equal(recent.get('a'), 1);
  recent.set('c', 3);
  assert.deepEqual([...recent.keys()], ['c', 'a']);
  recent.delete('c');
  recent.set('a', 4);
  recent.set('d', 5);
  assert.deepEqual([recent.get('a'), recent.get('d'), recent.size], [4, 5, 2]);
  assert.deepEqual(gone, [2]);
});

test('nothing is taken up before there is something to keep', () => {
  const before = process.memoryUsage();
  const tables = Array.from({ length: 100 }, () => new Recent<string, number>(100_000));
  const after = process.memoryUsage();
  assert.ok(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers < 4_000_000);
  assert.equal(tables.length, 100);
});
