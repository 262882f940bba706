import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Place } from './places.ts';
import type { Binding } from './registrar/binding.ts';
import { stagesOf } from './stages.ts';

const ROUTE = { host: 'h', port: null, transport: null, priority: 1, weight: 1, rule: { resource: 'r', field: 'f' } };
const place = (user: string, q: number | null): Place => ({
  trunk: 't',
  user,
  headers: [],
  route: ROUTE,
  binding: q === null ? null : ({ q } as Binding),
});

test('telephones of one user and one q ring together, everything else in turn', () => {
  const [gate1, gate2, ann1, ann2, ann3, bob] = [
    place('1', null), place('1', null), place('ann', 1), place('ann', 1), place('ann', 0.5), place('bob', 0.5),
  ] as [Place, Place, Place, Place, Place, Place]; // prettier-ignore
  assert.deepEqual(stagesOf([gate1]), [[[gate1]]]);
  assert.deepEqual(stagesOf([gate1, gate2]), [[[gate1, gate2]]]);
  assert.deepEqual(stagesOf([ann1, ann2, ann3, bob]), [[[ann1], [ann2]], [[ann3]], [[bob]]]);
  assert.deepEqual(stagesOf([ann1, gate1, gate2, bob]), [[[ann1]], [[gate1, gate2]], [[bob]]]);
});
