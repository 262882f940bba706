import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock, systemClock } from './clock.ts';

const DAY = 86_400_000;
const LONGEST_TIMEOUT = 2 ** 31 - 1;

describe('systemClock', () => {
  test('tells the wall time', () => {
    const before = Date.now();
    const now = systemClock.now();
    assert.ok(before <= now && now <= Date.now());
  });

  test('fires once', async () => {
    let fired = 0;
    await new Promise<void>((resolve) => {
      // Its timers are unreferenced: hold the process until this one has fired.
      const hold = setInterval(() => {}, DAY);
      const timer = systemClock.after(1, () => {
        fired += 1;
        timer.cancel();
        timer.cancel();
        clearInterval(hold);
        resolve();
      });
    });
    assert.equal(fired, 1);
  });

  test('waits out a delay longer than setTimeout can', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    let fired = 0;
    systemClock.after(60 * DAY, () => {
      fired += 1;
    });
    for (const part of [LONGEST_TIMEOUT, LONGEST_TIMEOUT, 60 * DAY - 2 * LONGEST_TIMEOUT - 1]) {
      context.mock.timers.tick(part);
      assert.equal(fired, 0);
    }
    context.mock.timers.tick(1);
    assert.equal(fired, 1);
  });

  test('cancels a long delay in any of its parts', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    let fired = 0;
    const timer = systemClock.after(60 * DAY, () => {
      fired += 1;
    });
    context.mock.timers.tick(50 * DAY);
    timer.cancel();
    context.mock.timers.tick(50 * DAY);
    assert.equal(fired, 0);
  });

  test('does not keep the process alive', () => {
    const program = `import { systemClock } from ${JSON.stringify(join(import.meta.dirname, 'clock.ts'))};
      for (const delay of [${DAY}, ${60 * DAY}]) systemClock.after(delay, () => {});`;
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { timeout: 60_000 });
  });
});

describe('ManualClock', () => {
  test('stands still until it is moved', () => {
    const clock = new ManualClock(1000);
    assert.equal(clock.now(), 1000);
    clock.advance(0);
    assert.equal(clock.now(), 1000);
    clock.advance(5);
    assert.equal(clock.now(), 1005);
  });

  test('fires in order of time, then in order of arrival, each at its time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.array(fc.nat(7)), (delays, steps) => {
        const clock = new ManualClock(0);
        const fired: [number, number][] = [];
        for (const [index, delay] of delays.entries()) {
          clock.after(delay, () => {
            assert.equal(clock.now(), delay);
            fired.push([delay, index]);
          });
        }
        for (const step of steps) clock.advance(step);
        const all = delays.map((delay, index): [number, number] => [delay, index]).sort((a, b) => a[0] - b[0]);
        assert.deepEqual(fired, steps.length === 0 ? [] : all.filter(([delay]) => delay <= clock.now()));
        assert.equal(clock.waiting, delays.length - fired.length);
      }),
    );
  });

  test('fires what an action sets for the same stretch', () => {
    const clock = new ManualClock(0);
    const at: number[] = [];
    const tick = (): void => {
      at.push(clock.now());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    clock.advance(35);
    assert.deepEqual(at, [10, 20, 30]);
    assert.equal(clock.waiting, 1);
  });

  test('an action may cancel another that is due at the same time', () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    clock.after(1, () => {
      fired.push('first');
      second.cancel();
    });
    const second = clock.after(1, () => fired.push('second'));
    clock.advance(1);
    second.cancel();
    assert.deepEqual(fired, ['first']);
    assert.equal(clock.waiting, 0);
  });

  test('never goes back, even when an action moves it on', () => {
    const clock = new ManualClock(0);
    clock.after(1, () => clock.advance(100));
    clock.advance(10);
    assert.equal(clock.now(), 101);
  });
});

test('a timer that the process slept through lets what came meanwhile go first', async () => {
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    immediate = setImmediate(turn);
  };
  let immediate = setImmediate(turn);
  const turnsBefore = await new Promise<number>((resolve) => {
    const stay = setTimeout(() => {}, 60_000);
    systemClock.after(10, () => {
      clearTimeout(stay);
      resolve(turns);
    });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  });
  clearImmediate(immediate);
  assert.ok(turnsBefore > 10, `${turnsBefore} turns of the event loop`);
});
