// What an application says to a party that has answered, before it is connected.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APP, keysOf, openVoiceScene, toneOf, wishFor } from '../../test/support/voice-scene.ts';
import type { ControlledCall, DialWish, LegOutcome } from '../rulebook/call-control.ts';

const NUMBERS = [
  { kind: 'number', number: '+12065550100' },
  { kind: 'number', number: '+12065550101' },
] as const;

/** A scene whose application dials both numbers and prepares who answers. */
async function openDialling(prepare: DialWish['prepare']) {
  const outcome = Promise.withResolvers<LegOutcome>();
  const scene = await openVoiceScene(async (call) => {
    const wish = wishFor(NUMBERS, { answerOnBridge: true, ...(prepare && { prepare }) });
    const dialled = call.dial(wish);
    dialled.then(outcome.resolve, outcome.reject);
    await dialled;
  });
  return { scene, outcome: outcome.promise };
}

test('who declines is hung up, others ring on, and the one who accepts is connected', async () => {
  const told: string[] = [];
  const { scene, outcome } = await openDialling(async (party, called) => {
    told.push(`${party.kind === 'number' ? party.number : ''} ${called.state} ${called.direction}`);
    const pressed = keysOf(called, 1);
    await called.play(toneOf(600, 0.2));
    return (await pressed) === '1';
  });
  await using _ = scene;
  scene.carrier.onCall = ({ call }) => call.ring();
  const call = scene.phone.call(APP, scene.gate);
  const legs = [await scene.carrier.getsCall(1), await scene.carrier.getsCall(2)];
  const [first, second] = legs.toSorted((a, b) => a.invite.uri.localeCompare(b.invite.uri));
  assert.ok(first && second);
  const firstHears = first.media.hears(600, 3);
  void first.call.answer();
  await firstHears;
  await first.media.press('2');
  await first.ended;
  assert.equal(call.session?.confirmed ?? false, false);
  const secondHears = second.media.hears(600, 3);
  void second.call.answer();
  await secondHears;
  await second.media.press('1');
  assert.equal((await call.settled).kind, 'answered');
  call.media.say(700);
  second.media.say(900);
  await Promise.all([second.media.hears(700), call.media.hears(900)]);
  call.end();
  await second.ended;
  await assert.rejects(outcome, { name: 'CallGone' });
  assert.deepEqual(told, ['+12065550100 answered outbound', '+12065550101 answered outbound']);
  call.media.close();
  assert.deepEqual(scene.errors, []);
});

test('a caller who goes ends what is said to the party; a fault in it declines', async () => {
  const heard = Promise.withResolvers<ControlledCall>();
  const { scene, outcome } = await openDialling(async (party, called) => {
    if (party === NUMBERS[0]) throw new Error('a fault of the application');
    heard.resolve(called);
    await called.play(toneOf(600, 60));
    return true;
  });
  await using _ = scene;
  const call = scene.phone.call(APP, scene.gate);
  const called = await heard.promise;
  const legs = [await scene.carrier.getsCall(1), await scene.carrier.getsCall(2)];
  call.end();
  await assert.rejects(outcome, { name: 'CallGone' });
  await Promise.all(legs.map(({ ended }) => ended));
  assert.ok(called.gone.aborted);
  call.media.close();
  assert.deepEqual(scene.errors.map(String), ['Error: a fault of the application']);
});
