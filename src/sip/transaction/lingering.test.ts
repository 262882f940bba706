import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../kit/clock.ts';
import { TimerWheel } from '../timer-wheel.ts';
import { Lingering } from './lingering.ts';

interface Named {
  readonly name: string;
  until: number;
}

function open() {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock, (error) => assert.fail(String(error)));
  const ended: string[] = [];
  const lingering = new Lingering<Named>(wheel, ({ name }) => ended.push(name));
  const add = (name: string, ms: number): Named => {
    const one = { name, until: 0 };
    lingering.add(one, ms);
    return one;
  };
  return { clock, wheel, ended, lingering, add };
}

test('each ends when its time has come, whatever comes and goes besides', () => {
  const { clock, wheel, ended, lingering, add } = open();
  add('a', 32_000);
  const b = add('b', 5000);
  clock.advance(1000);
  add('c', 5000);
  assert.equal(lingering.next(), b);
  assert.equal(lingering.delete(b), true);
  assert.equal(lingering.delete(b), false);
  clock.advance(4950);
  assert.deepEqual(ended, []);
  clock.advance(100);
  assert.deepEqual(ended, ['c']);
  clock.advance(25_900);
  assert.deepEqual(ended, ['c']);
  clock.advance(100);
  assert.deepEqual([ended, lingering.size, lingering.next(), wheel.size], [['c', 'a'], 0, undefined, 0]);
});

test('one timer serves all that last equally long', () => {
  const { clock, wheel, ended, lingering, add } = open();
  for (let index = 0; index < 1000; index += 1) {
    lingering.delete(add(`gone${index}`, 5000));
    clock.advance(1);
  }
  for (let index = 0; index < 1000; index += 1) add(String(index), 5000);
  assert.equal(wheel.size, 1);
  clock.advance(5050);
  assert.deepEqual([ended.length, wheel.size, clock.waiting], [1000, 0, 0]);
});
