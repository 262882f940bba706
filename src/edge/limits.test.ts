import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallRate } from './limits.ts';

test('10.6 a clock that is set back leaves no trunk at its limit until it has caught up', () => {
  const rate = new CallRate();
  const now = Date.UTC(2026, 10, 22);
  rate.add('test:one', now);
  assert.equal(rate.count('test:one', now + 999), 1);
  assert.equal(rate.count('test:one', now - 3_600_000), 0);
  rate.add('test:one', now - 3_600_000);
  assert.equal(rate.count('test:one', now - 3_600_000), 1);
});
