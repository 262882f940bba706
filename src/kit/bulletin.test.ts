import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPeers, settled } from '../../test/support/memory-peers.ts';
import { Bulletin } from './bulletin.ts';
import { ManualClock } from './clock.ts';

/** Two threads, of which the second tells what it heard. */
function open() {
  const clock = new ManualClock();
  const peers = new MemoryPeers(2);
  const heard: (readonly [news: string, times: number])[] = [];
  const [teller] = [0, 1].map(
    (thread) =>
      new Bulletin<string>({
        peers: peers.of(thread),
        clock,
        topic: 'news',
        hear: (news, times) => void (thread === 1 && heard.push([news, times])),
      }),
  );
  if (!teller) throw new Error('there are two');
  return { clock, peers, heard, teller };
}

test('what happens often is told together, and each of its kind in its order', async () => {
  const { clock, teller, heard } = open();
  teller.tell('a');
  for (let turn = 0; turn < 1000; turn += 1) teller.tell('flood', 'flood');
  teller.tell('a');
  await settled();
  assert.deepEqual(heard, []);
  clock.advance(10);
  await settled();
  assert.deepEqual(heard, [
    ['a', 1],
    ['flood', 1000],
    ['a', 1],
  ]);
  assert.equal(clock.waiting, 0, 'nothing is done while nothing happens');
});

test('while the others have not heard, a bounded number waits', async () => {
  const { clock, teller, heard } = open();
  teller.tell('first');
  clock.advance(10);
  for (let turn = 0; turn < 20_000; turn += 1) teller.tell(`later ${turn}`);
  clock.advance(10);
  await settled();
  assert.deepEqual(heard, [['first', 1]]);
  clock.advance(10);
  await settled();
  assert.equal(heard.length, 10_001);
});

test('a thread that ended is not waited for', async () => {
  const { clock, peers, teller, heard } = open();
  peers.lose(1);
  teller.tell('unheard');
  clock.advance(10);
  await settled();
  peers.join(1);
  peers.of(1).on('news', (items: (readonly [string, number])[]) => void heard.push(...items));
  teller.tell('heard');
  clock.advance(10);
  await settled();
  assert.deepEqual(heard, [['heard', 1]]);
});
