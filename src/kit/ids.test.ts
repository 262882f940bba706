import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alphanumeric, hex, uuid } from './ids.ts';

test('uuid is a version 4 UUID, new each time', () => {
  const ids = Array.from({ length: 1000 }, () => uuid());
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, ids.length);
});

test('alphanumeric has the length asked for and uses its whole alphabet', () => {
  for (const length of [0, 1, 22, 36]) assert.match(alphanumeric(length), new RegExp(`^[a-z0-9]{${length}}$`));
  // A missing character has a chance below 10^-120.
  assert.equal(new Set(alphanumeric(10_000)).size, 36);
});

test('hex has two digits for each byte', () => {
  assert.equal(hex(0), '');
  assert.match(hex(16), /^[0-9a-f]{32}$/);
  assert.notEqual(hex(16), hex(16));
});
