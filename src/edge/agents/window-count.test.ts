import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WindowCount } from './window-count.ts';

test('WindowCount forgets what is older than its window, and not before', () => {
  const count = new WindowCount(31);
  const start = 1_800_000_000_000;
  for (let second = 0; second < 31; second += 1) count.add(start + second * 1000);
  assert.equal(count.count(start + 30_999), 31);
  assert.equal(count.count(start + 31_000), 31);
  assert.equal(count.count(start + 32_000), 30);
  assert.equal(count.count(start + 61_000), 1);
  assert.equal(count.count(start + 62_000), 0);
  count.add(start + 1e9);
  assert.equal(count.count(start + 1e9), 1);
  assert.equal(count.count(start + 1e9 - 500), 1, 'a clock that goes back a little counts nothing twice');
  assert.equal(count.count(start), 0, 'nor does one that is set back keep what it never reaches again');
  count.add(start);
  assert.deepEqual([count.count(start), count.count(start + 32_000)], [1, 0]);
});
