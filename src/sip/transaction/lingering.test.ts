import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../kit/clock.ts';
import { Headers } from '../message/headers.ts';
import { SipRequest } from '../message/message.ts';
import { TimerWheel } from '../timer-wheel.ts';
import type { Flow } from '../transport/transport.ts';
import { keyOf } from './keys.ts';
import { Lingering } from './lingering.ts';
import type { Settled } from './settled.ts';

function open() {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock, (error) => assert.fail(String(error)));
  const lingering = new Lingering(wheel);
  const add = (key: string, ms: number, toTag = key): Settled => lingering.add({ key: keyOf(key), toTag }, ms);
  const tagOf = (key: string): string | undefined => lingering.get(keyOf(key))?.toTag;
  return { clock, wheel, lingering, add, tagOf };
}

test('each ends when its time has come, whatever comes and goes besides', () => {
  const { clock, wheel, lingering, add, tagOf } = open();
  add('a', 32_000);
  const b = add('b', 5000);
  clock.advance(1000);
  const c = add('c', 5000);
  assert.equal(lingering.next()?.toTag, 'b');
  assert.equal(b.close(), true);
  assert.equal(b.close(), false);
  assert.deepEqual([b.toTag, tagOf('b')], ['', undefined]);
  clock.advance(4950);
  assert.deepEqual([tagOf('a'), tagOf('c'), lingering.size], ['a', 'c', 2]);
  clock.advance(100);
  assert.deepEqual([tagOf('a'), tagOf('c'), c.toTag, c.close()], ['a', undefined, '', false]);
  clock.advance(25_900);
  assert.equal(tagOf('a'), 'a');
  clock.advance(100);
  assert.deepEqual([tagOf('a'), lingering.size, lingering.next(), wheel.size], [undefined, 0, undefined, 0]);
  assert.equal(lingering.bytes, 0);
});

test('one timer serves all that last equally long', () => {
  const { clock, wheel, lingering, add } = open();
  for (let index = 0; index < 1000; index += 1) {
    add(`gone${index}`, 5000).close();
    clock.advance(1);
  }
  for (let index = 0; index < 1000; index += 1) add(String(index), 5000);
  assert.deepEqual([wheel.size, lingering.size], [1, 1000]);
  clock.advance(5050);
  assert.deepEqual([wheel.size, clock.waiting, lingering.size], [0, 0, 0]);
});

test('what was closed says and does nothing, even when another one has its key', () => {
  const { add, tagOf } = open();
  const first = add('key', 5000, 'first');
  first.close();
  const second = add('key', 5000, 'second');
  first.end();
  assert.deepEqual([first.close(), first.toTag, second.toTag, tagOf('key')], [false, '', 'second', 'second']);
});

const ENDPOINT = { address: '192.0.2.9', port: 5060 };
const REPEAT = new SipRequest('OPTIONS', 'sip:192.0.2.1', new Headers());

/** Some of more than a block, and many in one. */
const steps = fc.array(
  fc.record({
    key: fc.nat({ max: 300 }).map((number) => `key ${number}`),
    length: fc.constantFrom(0, 20, 9000, 70_000),
    ms: fc.constantFrom(5000, 32_000),
    wait: fc.constantFrom(0, 0, 50, 3000),
    closes: fc.boolean(),
  }),
  { maxLength: 300 },
);

test('is found by its key as long as it lasts, however many there are and however long', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { clock, lingering } = open();
      const like = new Map<string, { settled: Settled; until: number; reply: string }>();
      const sent: string[] = [];
      const flow: Flow = {
        transport: 'udp',
        reliable: false,
        secure: false,
        local: ENDPOINT,
        remote: ENDPOINT,
        send: (text) => void sent.push(text),
      };
      for (const [index, { key, length, ms, wait, closes }] of all.entries()) {
        clock.advance(wait);
        for (const [name, { until }] of like) if (until <= clock.now()) like.delete(name);
        const there = like.get(key);
        const found = lingering.get(keyOf(key));
        assert.equal(found === undefined, there === undefined);
        if (there && closes) {
          assert.equal(there.settled.close(), true);
          like.delete(key);
        } else if (!there) {
          const reply = `${index} `.padEnd(length, 'ÿ');
          const settled = lingering.add({ key: keyOf(key), reply, flow }, ms);
          like.set(key, { settled, until: clock.now() + ms, reply });
        }
        assert.equal(lingering.size, like.size);
      }
      for (const [key, { reply }] of like) {
        lingering.get(keyOf(key))?.receive(REPEAT);
        assert.equal(sent.pop(), reply);
      }
      lingering.clear();
      assert.deepEqual([lingering.size, lingering.bytes], [0, 0]);
    }),
    { numRuns: 60 },
  );
});
