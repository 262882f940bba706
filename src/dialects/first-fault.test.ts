import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { firstFault } from './first-fault.ts';

test('of a member that null clears, the rule of its value is named', () => {
  const count = Type.Object({ count: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })]) });
  assert.equal(firstFault(count, { count: 0 }), 'count must be >= 1');
  assert.equal(firstFault(count, { count: 'many' }), 'count must be integer');
  const list = Type.Object({ list: Type.Union([Type.Null(), Type.Array(Type.String({ pattern: '^\\d+$' }))]) });
  assert.equal(firstFault(list, { list: ['1', 'x'] }), 'list[1] must match pattern "^\\d+$"');
  assert.equal(firstFault(Type.Object({ nothing: Type.Null() }), { nothing: 1 }), 'nothing must be null');
});
