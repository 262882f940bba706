import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock, type Clock } from '../kit/clock.ts';
import { TimerWheel } from './timer-wheel.ts';

function wheelOf(): { clock: ManualClock; wheel: TimerWheel; fired: string[]; note: (name: string) => () => void } {
  const clock = new ManualClock();
  const fired: string[] = [];
  return {
    clock,
    wheel: new TimerWheel(clock, (error) => fired.push(String(error))),
    fired,
    note: (name) => () => void fired.push(name),
  };
}

describe('the timer wheel', () => {
  test('fires in order, never early, and at most a slot late', () => {
    const { clock, wheel, fired, note } = wheelOf();
    wheel.after(500, note('b'));
    wheel.after(120, note('a'));
    clock.advance(119);
    assert.deepEqual(fired, []);
    clock.advance(31);
    assert.deepEqual(fired, ['a']);
    clock.advance(349);
    assert.deepEqual(fired, ['a']);
    clock.advance(1);
    assert.deepEqual(fired, ['a', 'b']);
  });

  test('waits longer than one turn', () => {
    const { clock, wheel, fired, note } = wheelOf();
    wheel.after(180_000, note('late'));
    clock.advance(179_999);
    assert.deepEqual(fired, []);
    clock.advance(1);
    assert.deepEqual(fired, ['late']);
  });

  test('a cancelled timer never fires, and cancelling twice counts once', () => {
    const { clock, wheel, fired, note } = wheelOf();
    const timer = wheel.after(100, note('x'));
    timer.cancel();
    timer.cancel();
    assert.equal(wheel.size, 0);
    clock.advance(1000);
    assert.deepEqual(fired, []);
  });

  test('an action may schedule and cancel others', () => {
    const { clock, wheel, fired, note } = wheelOf();
    wheel.after(100, () => {
      other.cancel();
      wheel.after(0, note('soon'));
    });
    const other = wheel.after(100, note('other'));
    clock.advance(150);
    assert.deepEqual(fired, ['soon']);
  });

  test('stands still while nothing waits', () => {
    const { clock, wheel, fired, note } = wheelOf();
    wheel.after(100, note('a'));
    clock.advance(100);
    assert.equal(clock.waiting, 0);
    clock.advance(3_600_000);
    wheel.after(100, note('b'));
    clock.advance(99);
    assert.deepEqual(fired, ['a']);
    clock.advance(1);
    assert.deepEqual(fired, ['a', 'b']);
    assert.equal(clock.waiting, 0);
  });

  test('a step of the wall clock neither stops nor rushes it', () => {
    let now = 1_000_000;
    let tick = (): void => {};
    const clock: Clock = {
      now: () => now,
      after: (_delay, action) => {
        tick = action;
        return { cancel: () => {} };
      },
    };
    const wheel = new TimerWheel(clock, assert.ifError);
    const fired: string[] = [];
    wheel.after(32_000, () => void fired.push('B'));
    now += 3_600_000;
    tick();
    assert.deepEqual(fired, []);
    now -= 7_200_000;
    tick();
    for (let passed = 0; passed < 32_000; passed += 50) {
      now += 50;
      tick();
    }
    assert.deepEqual(fired, ['B']);
  });

  test('an action that throws is reported and stops nothing', () => {
    const { clock, wheel, fired, note } = wheelOf();
    wheel.after(100, () => {
      throw new RangeError('ours');
    });
    wheel.after(100, note('same slot'));
    wheel.after(200, note('later'));
    clock.advance(200);
    assert.deepEqual(fired, ['RangeError: ours', 'same slot', 'later']);
  });

  test('close drops what waits', () => {
    const { clock, wheel, fired, note } = wheelOf();
    wheel.after(100, note('a'));
    wheel.close();
    clock.advance(1000);
    assert.deepEqual(fired, []);
    assert.equal(clock.waiting, 0);
  });
});
