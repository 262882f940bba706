import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import type { Session } from '../exchange/session.ts';
import { ManualClock } from '../kit/clock.ts';
import { KeyFeed } from './keys/key-feed.ts';
import { LiveCall, type CallLine } from './live-call.ts';
import type { LineMedia } from './media/line-media.ts';

/** A call on a clock that stands still, and what was done to its line. */
function open() {
  const clock = new ManualClock();
  const gone = new AbortController();
  const notes: string[] = [];
  const ends: number[] = [];
  let answersWith = 200;
  let asked = 0;
  const call = new LiveCall({
    transfers: false,
    identity: {
      id: 'd1',
      callId: 'c1',
      direction: 'inbound',
      trunk: 'test:one',
      account: 'test:account',
      from: '',
      to: '',
      username: null,
      vouched: null,
      source: '',
      headers: new Map(),
      code: null,
    },
    clock,
    gone,
    keys: new KeyFeed(gone.signal),
    record: (text) => notes.push(text),
    crashed: assert.ifError,
    openLeg: () => assert.fail('nobody dials'),
  });
  const media = { heardAt: clock.now() } as unknown as LineMedia;
  const session = {
    ask: async () => {
      asked += 1;
      return answersWith;
    },
  } as unknown as Session;
  const line: CallLine = {
    media,
    session,
    ring: () => {},
    progress: async () => false,
    answer: async () => {},
    end: (status) => {
      ends.push(status);
      call.wasEnded();
    },
  };
  call.attach(line);
  return {
    clock,
    call,
    notes,
    ends,
    hears: () => (media.heardAt = clock.now()),
    asked: () => asked,
    isGone: () => (answersWith = 481),
  };
}

test('a caller that is silent is asked whether it is there, and hung up when it is not', async () => {
  const { clock, call, notes, ends, hears, asked, isGone } = open();
  call.wasAnswered();
  clock.advance(59_000);
  hears();
  clock.advance(59_000);
  await nextTurn();
  assert.equal(asked(), 0, 'it was heard a minute ago');
  clock.advance(1000);
  await nextTurn();
  assert.equal(asked(), 1);
  assert.equal(call.state, 'answered');
  isGone();
  clock.advance(60_000);
  await nextTurn();
  assert.deepEqual([asked(), ends, call.state], [2, [480], 'ended']);
  assert.match(notes.at(-1) ?? '', /gone/);
  assert.equal((await call.ended).talked, 179_000 - 0 - 0);
  assert.equal(clock.waiting, 0);
});

test('a call that nobody answers is refused after three minutes', async () => {
  const { clock, call, ends } = open();
  clock.advance(180_000);
  assert.deepEqual(ends, [480]);
  assert.deepEqual(await call.ended, { kind: 'no-answer', status: 480, talked: 0 });
});

test('notes are kept short, and there is an end to them', () => {
  const { call, notes } = open();
  for (let count = 0; count < 1000; count += 1) call.note('x'.repeat(1000));
  assert.equal(notes.length, 500);
  assert.equal(notes[0]?.length, 500);
  assert.match(notes.at(-1) ?? '', /no more/);
});

test('what needs an answered call says so', async () => {
  const { call } = open();
  await assert.rejects(call.play(new Int16Array(1)), /answered/);
  call.hangUp();
  await assert.rejects(call.answer(), { name: 'CallGone' });
  assert.throws(() => call.keys(new AbortController().signal), { name: 'CallGone' });
});
