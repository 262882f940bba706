import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextMap } from './text-map.ts';

const steps = fc.array(
  fc.record({
    does: fc.constantFrom('set', 'set', 'delete', 'clear'),
    key: fc.integer({ min: 0, max: 60 }).map(String),
  }),
  { maxLength: 300 },
);

test('holds what a Map would, in the same order, however much comes and goes', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const map = new TextMap<number>();
      const like = new Map<string, number>();
      for (const [index, { does, key }] of all.entries()) {
        if (does === 'delete') assert.equal(map.delete(key), like.delete(key));
        else if (does === 'set') {
          map.set(key, index);
          like.set(key, index);
        } else if (index % 50 === 0) {
          map.clear();
          like.clear();
        }
        assert.equal(map.get(key), like.get(key));
        assert.equal(map.has(key), like.has(key));
      }
      assert.deepEqual([[...map], map.size, map.oldest], [[...like], like.size, [...like][0]]);
    }),
  );
});

test('grows and shrinks, and the entry at hand may be deleted on the way through', () => {
  const map = new TextMap<number>();
  for (let index = 0; index < 10_000; index += 1) map.set(`key ${index}`, index);
  for (const [key, value] of map) if (value % 100 !== 0) map.delete(key);
  assert.deepEqual(
    [...map].map(([, value]) => value),
    Array.from({ length: 100 }, (_, index) => index * 100),
  );
  assert.deepEqual([map.get('key 500'), map.get('key 501'), map.oldest], [500, undefined, ['key 0', 0]]);
});
