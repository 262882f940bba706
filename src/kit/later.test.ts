import assert from 'node:assert/strict';
import { test } from 'node:test';
import { later, loadRest } from './later.ts';

test('what is put off is read once: at its first use, or with the rest', async () => {
  const read: string[] = [];
  const used = later(() => read.push('used'));
  later(() => read.push('rest'));
  assert.deepEqual(read, []);
  assert.equal(used(), 1);
  assert.equal(used(), 1);
  await loadRest();
  await loadRest();
  assert.deepEqual(read, ['used', 'rest']);
});
