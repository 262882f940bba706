import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Blocks } from './blocks.ts';
import { printLine, readLine } from './line.ts';

/** Characters of an event: three fill a block. */
const LARGE = 100_000;

function add(blocks: Blocks, from: number, to: number, text = ''): void {
  for (let sequence = from; sequence <= to; sequence += 1) {
    const data = JSON.stringify({ kind: 'answer', callId: `c${sequence}`, text });
    const line = readLine(printLine({ shelf: 'calls', callId: `c${sequence}`, decisionId: `d${sequence}`, data }));
    blocks.add([{ sequence, line }]);
  }
}

function newest(blocks: Blocks, before: number): number[] {
  return [...blocks.newest(before)].map(({ sequence }) => sequence);
}

test('the oldest block goes when there are too many events, also over a restart', () => {
  const database = new DatabaseSync(':memory:');
  const first = new Blocks(database, 'calls', 8);
  assert.equal(first.last, 0);
  add(first, 1, 7, 'x'.repeat(LARGE));
  const blocks = new Blocks(database, 'calls', 8);
  assert.equal(blocks.last, 7);
  assert.equal(blocks.ofCalls(['c1', 'c2', 'c9']).length, 2);
  add(blocks, 8, 9);
  assert.deepEqual(blocks.ofCalls(['c1', 'c2']), []);
  assert.equal(blocks.ofDecision('d3'), undefined);
  assert.equal(blocks.ofDecision('d4')?.callId, 'c4');
  assert.deepEqual(newest(blocks, Infinity), [9, 8, 7, 6, 5, 4]);
  assert.deepEqual(newest(blocks, 6), [5, 4], 'reading begins within a block');
  database.close();
});

test('a call is found by its whole name, whatever stands in it', () => {
  const database = new DatabaseSync(':memory:');
  const blocks = new Blocks(database, 'calls', 100);
  const names = ['a b', '{"', 'a\nb', '"', '', 'ü', '12 "x" {}'];
  for (const [index, callId] of names.entries()) {
    const data = JSON.stringify({ kind: 'end', callId });
    blocks.add([{ sequence: index + 1, line: readLine(printLine({ shelf: 'calls', callId, decisionId: '', data })) }]);
  }
  for (const callId of names.filter((name) => name !== ''))
    assert.deepEqual(
      blocks.ofCalls([callId]).map(({ line }) => JSON.parse(line.data)),
      [{ kind: 'end', callId }],
    );
  assert.deepEqual(blocks.ofCalls(['a']), []);
  database.close();
});
