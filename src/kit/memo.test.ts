import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoized } from './memo.ts';

function counted(most: number, longest = 10) {
  const asked: string[] = [];
  const answer = memoized((text: string) => (asked.push(text), { text }), { most, longest });
  return { asked, answer };
}

test('an answer is worked out once and shared', () => {
  const { asked, answer } = counted(2);
  assert.equal(answer('a'), answer('a'));
  assert.deepEqual(answer('b'), { text: 'b' });
  assert.deepEqual(asked, ['a', 'b']);
});

test('between most and twice as many answers are kept, the last ones', () => {
  const { asked, answer } = counted(2);
  for (const text of ['a', 'b', 'c', 'd', 'e']) answer(text);
  asked.length = 0;
  for (const text of ['c', 'd', 'e', 'a']) answer(text);
  assert.deepEqual(asked, ['a']);
});

test('a long text is not kept', () => {
  const { asked, answer } = counted(2, 3);
  answer('long');
  answer('long');
  assert.deepEqual(asked, ['long', 'long']);
});
