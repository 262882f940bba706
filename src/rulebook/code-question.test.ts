import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printCodeQuestion, readCodeQuestion } from './code-question.ts';

test('what is asked of an application is read as it was written', () => {
  for (const question of [
    { line: 'webex:a-b', codeSets: ['a-b', 'c&d=e'], called: '+442079460000' },
    { line: null, codeSets: [], called: '*67#' },
  ])
    assert.deepEqual(readCodeQuestion(printCodeQuestion(question)), question);
  assert.equal(readCodeQuestion('AP0123'), undefined);
});
