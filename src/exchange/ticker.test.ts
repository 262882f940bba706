import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import type { Clock } from '../kit/clock.ts';
import { Ticker, TICK_MS } from './ticker.ts';

function setUp(): { clock: ManualClock; ticker: Ticker; heard: number[]; listener: (tick: number) => void } {
  const clock = new ManualClock();
  const heard: number[] = [];
  return { clock, ticker: new Ticker(clock), heard, listener: (tick) => heard.push(tick) };
}

describe('ticker', () => {
  test('beats every 20 ms with one timer for all listeners', () => {
    const { clock, ticker, heard, listener } = setUp();
    ticker.add(listener);
    ticker.add(() => undefined);
    assert.equal(clock.waiting, 1);
    clock.advance(100);
    assert.deepEqual(heard, [1, 2, 3, 4, 5]);
    assert.equal(clock.waiting, 1);
  });

  test('does not drift when listeners come between beats', () => {
    const { clock, ticker, heard, listener } = setUp();
    clock.advance(33);
    ticker.add(listener);
    clock.advance(6);
    assert.deepEqual(heard, []);
    clock.advance(1);
    assert.deepEqual(heard, [2]);
  });

  test('makes up for a short stall and leaves out what is too old', () => {
    let now = 0;
    let beat = (): void => undefined;
    const stalling: Clock = {
      now: () => now,
      after: (_delay, action) => {
        beat = action;
        return { cancel: () => undefined };
      },
    };
    const heard: number[] = [];
    new Ticker(stalling).add((tick) => heard.push(tick));
    now = 60;
    beat();
    assert.deepEqual(heard, [1, 2, 3]);
    now = 2000;
    beat();
    assert.deepEqual(heard.slice(3), [95, 96, 97, 98, 99, 100]);
    now = 1000;
    beat();
    now = 1020;
    beat();
    assert.deepEqual(heard.slice(9), [51], 'a clock set back does not silence it');
  });

  test('rests when nobody listens, and wakes again', () => {
    const { clock, ticker, heard, listener } = setUp();
    ticker.add(listener);
    ticker.delete(listener);
    clock.advance(100);
    assert.equal(clock.waiting, 0);
    ticker.add(listener);
    clock.advance(TICK_MS);
    assert.equal(heard.length, 1);
  });
});
