import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock, type Clock } from '../../src/kit/clock.ts';
import { CALLED, CODE, openAttendantScene } from '../support/attendant-scene.ts';
import { seeded } from '../support/seeded.ts';

const CALLS = 200;

/** UDP sockets of this process. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'UDPSocketWrap' || name === 'UDPWrap').length;
}

/** The system's clock, and how many of its timers have neither fired nor been cancelled. */
function counting(): { clock: Clock; waiting: () => number } {
  const waiting = new Set<object>();
  const clock: Clock = {
    now: () => systemClock.now(),
    after: (delay, action) => {
      const mark = {};
      waiting.add(mark);
      const timer = systemClock.after(delay, () => {
        waiting.delete(mark);
        action();
      });
      return {
        cancel: () => {
          waiting.delete(mark);
          timer.cancel();
        },
      };
    },
  };
  return { clock, waiting: () => waiting.size };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test('two hundred callers at once, half of whom hang up at any moment, leave nothing behind', async () => {
  const random = seeded(7);
  const { clock, waiting } = counting();
  const calls: WeakRef<object>[] = [];
  const { scene, attendant } = await openAttendantScene({
    clock,
    // A transaction holds its call for 64·T1, in case a message comes again.
    timers: { t1: 50 },
    onCall: (call) => calls.push(new WeakRef(call)),
  });
  await using _ = scene;
  scene.carrier.onCall = ({ call, media }) => {
    call.ring();
    setTimeout(() => void call.answer().then(() => media.say(700)), random() * 200);
  };
  const before = sockets();
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const one = async (index: number): Promise<void> => {
    await pause(random() * 500);
    const headers = index % 4 < 2 ? ([['P-Early-Media', 'supported']] as const) : [];
    const call = scene.phone.call(CALLED, scene.gate, { headers });
    await (index % 4 < 2 ? call.ringing : call.settled);
    most = Math.max(most, attendant.asked);
    if (attendant.asked === CALLS) gate.resolve();
    // Half of them go: while they are asked, while they key, while it rings, while they talk.
    const leaves = index % 2 === 1;
    await gate.promise;
    if (leaves) setTimeout(() => call.end(), random() * 2500);
    await pause(random() * 1000);
    await call.media.press(index % 10 === 0 ? '1#2#3#' : `${CODE}#`);
    const { kind } = await call.settled;
    // Of the others those that were joined hear the callee, and go then.
    if (kind === 'answered' && !leaves && index % 10 !== 0) {
      await call.media.hears(700, 1);
      call.end();
    }
    if (kind === 'answered') await call.ended;
    call.media.close();
  };
  await Promise.all(Array.from({ length: CALLS }).map(async (_call, index) => one(index)));
  await Promise.all(scene.carrier.received.map((received) => received.ended));
  while (scene.voice.calls > 0 || scene.voice.lines > 0) await pause(10);
  for (const { media } of scene.carrier.received) media.close();

  assert.equal(most, CALLS, 'all were asked at once');
  assert.equal(calls.length, CALLS);
  assert.equal(attendant.asked, 0);
  assert.ok(sockets() <= before, 'every media port is closed');
  assert.equal(scene.gate.edge.calls, 0);
  assert.equal(scene.gate.edge.setups, 0);
  assert.deepEqual(scene.errors, []);
  assert.deepEqual(scene.gate.errors, []);
  while (waiting() > 0) await pause(10);
  for (let tries = 0; calls.some((call) => call.deref()) && tries < 200; tries += 1) {
    await pause(20);
    collectGarbage();
  }
  assert.equal(calls.filter((call) => call.deref()).length, 0, 'no call is kept in memory');
});
