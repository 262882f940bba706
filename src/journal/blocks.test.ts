import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Batch, eventsIn } from './batch.ts';
import { Blocks } from './blocks.ts';

/** Characters of an event: three fill a block. */
const LARGE = 50_000;

function add(blocks: Blocks, sequence: number, callId: string, text = ''): void {
  const batch = new Batch();
  const data = JSON.stringify({ kind: 'answer', callId, text });
  batch.add({ shelf: 'calls', callId, decisionId: `d${sequence}`, data });
  const [event] = eventsIn(batch.bytes);
  assert.ok(event);
  event.sequence = sequence;
  blocks.add([event]);
}

function newest(blocks: Blocks, before: number): number[] {
  return [...blocks.newest(before)].map(({ sequence }) => sequence);
}

test('the oldest block goes when there are too many events, also over a restart', () => {
  const database = new DatabaseSync(':memory:');
  const first = new Blocks(database, 'calls', 8);
  assert.equal(first.last, 0);
  for (let at = 1; at <= 7; at += 1) add(first, at, `c${at}`, 'x'.repeat(LARGE));
  const blocks = new Blocks(database, 'calls', 8);
  assert.equal(blocks.last, 7);
  assert.equal(blocks.ofCalls(['c1', 'c2', 'c9']).length, 2);
  add(blocks, 8, 'c8');
  add(blocks, 9, 'c9');
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
  const names = ['a b', '{"', 'a\nb', '"', 'ü', 'x'.repeat(LARGE)];
  for (const [index, name] of names.entries()) add(blocks, index + 1, name);
  for (const [index, name] of names.entries())
    assert.deepEqual(
      blocks.ofCalls([name]).map(({ sequence, callId }) => [sequence, callId]),
      [[index + 1, name]],
    );
  assert.deepEqual(blocks.ofCalls(['a']), []);
  database.close();
});
