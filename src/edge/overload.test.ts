import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import { Overload } from './overload.ts';

/** Milliseconds from one look to the next. */
const LOOK = 100;

function overloaded() {
  const clock = new ManualClock();
  const state = { delay: 0, fill: 0, drops: 0, taken: 0, dice: 0 };
  const overload = new Overload({
    clock,
    delay: () => state.delay,
    queue: () => ({ fill: state.fill, drops: state.drops, taken: state.taken }),
    dice: () => state.dice,
  });
  /** Asks at each of so many looks; whether the last call was shed. */
  const after = (looks: number, challenged = false): boolean => {
    let shed = false;
    for (let look = 0; look < looks; look += 1) {
      clock.advance(LOOK);
      shed = overload.sheds(challenged);
    }
    return shed;
  };
  return { clock, state, overload, after };
}

describe('9 RFC 7339: of new calls', () => {
  test('none is shed while all is read in time', () => {
    const { state, after } = overloaded();
    state.fill = 0.5;
    state.delay = 250;
    assert.equal(after(100), false);
  });

  test('all are shed while the event loop is late, until it has caught up', () => {
    const { state, after } = overloaded();
    state.dice = 0.999;
    state.delay = 251;
    assert.equal(after(3, true), true);
    state.delay = 101;
    assert.equal(after(3, true), true);
    state.delay = 100;
    assert.equal(after(3), false);
  });

  test('none is shed for what a pause of the process left', () => {
    const { state, after } = overloaded();
    after(1);
    state.fill = 1;
    assert.equal(after(2), false);
    state.fill = 0;
    after(1);
    state.fill = 1;
    assert.equal(after(2), false);
    assert.equal(after(1), true);
  });

  test('datagrams that found no room count, by their share; those of long ago do not', () => {
    const { clock, state, after } = overloaded();
    state.drops = 1000;
    assert.equal(after(1), false);
    const lose = (drops: number): boolean => {
      state.drops += drops;
      state.taken += 100 - drops;
      return after(1);
    };
    for (let look = 0; look < 10; look += 1) assert.equal(lose(5), false);
    assert.deepEqual([lose(6), lose(6), lose(6)], [false, false, true]);
    clock.advance(1001);
    assert.equal(lose(6), false, 'nobody called for a second: what was then says nothing');
  });

  test('those that answer a challenge are shed last, and a standstill is soon forgotten', () => {
    const { state, after } = overloaded();
    state.dice = 0.999;
    state.fill = 1;
    assert.equal(after(18), true);
    assert.equal(after(1, true), false);
    assert.equal(after(15, true), true);
    state.fill = 0;
    assert.equal(after(10, true), false);
    assert.equal(after(10), false);
  });

  for (const [room, name] of [
    [1 / 6, 'a sixth of a second'],
    [1 / 80, 'an eightieth'],
  ] as const)
    for (const offered of [1.2, 2, 4, 7])
      test(`as many are shed as it takes, with ${offered} times what can be done and room for ${name}`, () => {
        const { clock, state, overload } = overloaded();
        // To shed a call is a tenth of its work; they come in bursts, and every 4 s little is done for 0.3 s.
        const [SHED, BURST, EVERY, STILL, SECONDS] = [0.1, 50, 4000, 300, 60];
        let [waiting, done, seed] = [0, 0, 1];
        for (let tick = 0; tick < SECONDS * 1000; tick += 1) {
          clock.advance(1);
          for (let call = 0; call < (tick % 5 === 0 ? BURST : 0); call += 1) {
            seed = (seed * 48_271) % 2_147_483_647;
            state.dice = seed / 2_147_483_647;
            state.fill = waiting / room;
            const shed = overload.sheds(false);
            const work = (offered / 10_000) * (shed ? SHED : 1);
            if (waiting + work > room) state.drops += 1;
            else {
              waiting += work;
              state.taken += 1;
              if (!shed) done += work;
            }
          }
          waiting = Math.max(waiting - (tick % EVERY < STILL ? 0.1 : 1) / 1000, 0);
        }
        const able = (1 - (0.9 * STILL) / EVERY - SHED * offered) / (1 - SHED);
        assert.ok(done / SECONDS > 0.7 * able, `${done / SECONDS} of ${able}`);
      });
});
