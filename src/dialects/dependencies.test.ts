import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dependencies } from './dependencies.ts';
import type { Documents } from './documents.ts';

const nothing: Documents = {
  get: () => Promise.resolve(null),
  list: () => Promise.resolve([]),
  any: async () => false,
};
const one = { kind: 'trunk', id: 'toy:one' } as const;
const two = { kind: 'trunk', id: 'toy:two' } as const;
const key = (kind: string, id: string) => ({ dialect: 'toy', kind, id });

test('an entry depends on what it read last: documents, there or not, and lists', async () => {
  const dependencies = new Dependencies();
  const first = dependencies.watch(one, nothing);
  await first.get(key('line', 'a'));
  await first.list({ dialect: 'toy', kind: 'user', prefix: 'set/' });
  await dependencies.watch(two, nothing).list({ dialect: 'toy', kind: 'user' });
  assert.deepEqual(dependencies.on(key('line', 'a')), [one]);
  assert.deepEqual(dependencies.on(key('line', 'ab')), []);
  assert.deepEqual(new Set(dependencies.on(key('user', 'set/alice'))), new Set([one, two]));
  assert.deepEqual(dependencies.on(key('user', 'other/alice')), [two]);
  assert.deepEqual(dependencies.on(key('room', 'set/alice')), []);

  await dependencies.watch(one, nothing).get(key('line', 'b'));
  assert.deepEqual(dependencies.on(key('line', 'a')), []);
  assert.deepEqual(dependencies.on(key('line', 'b')), [one]);
  assert.deepEqual(dependencies.on(key('user', 'set/alice')), [two]);
  dependencies.forget(two);
  assert.deepEqual(dependencies.on(key('user', 'set/alice')), []);
});

test('a list is of a folder, for nothing else could be found again', () => {
  const watched = new Dependencies().watch(one, nothing);
  assert.throws(() => watched.list({ dialect: 'toy', kind: 'user', prefix: 'al' }), TypeError);
});
