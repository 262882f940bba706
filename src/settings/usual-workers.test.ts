import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualWorkers } from './usual-workers.ts';

test('calls are served by one thread for each core but one, and by none of their own on a single core', () => {
  assert.deepEqual([1, 2, 3, 8, 256].map(usualWorkers), [0, 1, 2, 7, 64]);
});
