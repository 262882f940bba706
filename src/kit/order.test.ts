import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderByPriorityAndWeight } from './order.ts';

const candidates = fc.array(
  fc.record({ priority: fc.integer({ min: 1, max: 3 }), weight: fc.integer({ min: 0, max: 100 }) }),
);
const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('6.1 every candidate is tried once, lowest priority first', () => {
  fc.assert(
    fc.property(candidates, dice, (items, chance) => {
      const ordered = orderByPriorityAndWeight(items, chance);
      assert.equal(new Set(ordered).size, items.length);
      for (const [index, item] of ordered.entries())
        assert.ok(index === 0 || (ordered[index - 1]?.priority ?? 0) <= item.priority);
    }),
  );
});

test('equal priorities share by weight, in every place of the order', () => {
  const items = [
    { name: 'a', priority: 1, weight: 70 },
    { name: 'b', priority: 1, weight: 20 },
    { name: 'c', priority: 1, weight: 10 },
  ];
  const draws = 10_000;
  const firsts = { a: 0, b: 0, c: 0 };
  const secondsAfterA = { b: 0, c: 0 };
  for (let draw = 0; draw < draws; draw += 1) {
    // Evenly spread dice: the shares come out exactly, without chance.
    const [first, second] = orderByPriorityAndWeight(items, (draw + 0.5) / draws);
    firsts[first?.name as 'a'] += 1;
    if (first?.name === 'a') secondsAfterA[second?.name as 'b'] += 1;
  }
  assert.deepEqual(firsts, { a: 7000, b: 2000, c: 1000 });
  assert.ok(Math.abs(secondsAfterA.b / 7000 - 2 / 3) < 0.001);
});
