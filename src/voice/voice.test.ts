import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CallGone, type LegOutcome, type Party } from '../rulebook/call-control.ts';
import { APP, keysOf, openVoiceScene, toneOf, wishFor } from '../../test/support/voice-scene.ts';

const NUMBER: Party = { kind: 'number', number: '+12065550100' };

describe('a call that an application answers', () => {
  test('rings, is answered, hears audio and is hung up', async () => {
    await using scene = await openVoiceScene(async (call) => {
      assert.equal(call.from, '+12065550199');
      assert.equal(call.to, APP);
      assert.equal(call.account, 'test:account');
      assert.equal(call.headers.get('x-mine'), 'yes');
      assert.equal(call.headers.size, 1);
      call.ring();
      await call.answer();
      call.note('plays a tone', { resource: 'Script', field: 'Play' });
      assert.equal(await call.play(toneOf(500)), true);
    });
    const call = scene.phone.call(APP, scene.gate, {
      headers: [
        ['X-Mine', 'yes'],
        ['X-Tollgate-Application', 'forged'],
      ],
    });
    assert.equal(await call.ringing, 180);
    assert.equal((await call.settled).kind, 'answered');
    const begun = Date.now();
    await call.media.hears(500, 45);
    assert.equal(await call.ended, 'remote');
    const took = Date.now() - begun;
    assert.ok(took > 700, `a second of audio took ${took} ms`);
    assert.deepEqual(scene.notes(call.callId), ['plays a tone']);
    assert.deepEqual(scene.errors, []);
    call.media.close();
  });

  test('is told keys that come as events, INFO and tones, each once', async () => {
    const got: string[] = [];
    await using scene = await openVoiceScene(async (call) => {
      await call.answer();
      for (let round = 0; round < 4; round += 1) got.push(await keysOf(call, 3));
    });
    const call = scene.phone.call(APP, scene.gate);
    await call.settled;
    await call.media.press('12#');
    await call.media.press('334', 3);
    for (const key of '7*8')
      await call.session?.ask('INFO', { type: 'application/dtmf-relay', text: `Signal=${key}\r\nDuration=100\r\n` });
    await call.media.whistle('A05');
    await call.ended;
    assert.deepEqual(got, ['12#', '334', '7*8', 'A05']);
    call.media.close();
  });

  test('that is refused gets the status as the application says it', async () => {
    for (const status of [486, 503, 404]) {
      await using scene = await openVoiceScene(async (call) => call.reject(status, 'no "thanks"'));
      const outcome = await scene.phone.call(APP, scene.gate).settled;
      assert.equal(outcome.kind === 'refused' && outcome.response.status, status);
      assert.match((outcome.kind === 'refused' && outcome.response.headers.get('reason')) || '', /no {2}thanks/);
    }
  });

  test('that the caller gives up ends for the application too', async () => {
    const ended = Promise.withResolvers<LegOutcome>();
    await using scene = await openVoiceScene(async (call) => {
      call.ring();
      ended.resolve(await call.ended);
      await assert.rejects(call.answer(), CallGone);
    });
    const call = scene.phone.call(APP, scene.gate);
    await call.ringing;
    call.end();
    assert.equal((await call.settled).kind, 'cancelled');
    assert.deepEqual(await ended.promise, { kind: 'canceled', status: 487, talked: 0 });
  });

  test('whose application throws is refused with 500, and one too many with 503', async () => {
    const wait = Promise.withResolvers<void>();
    await using scene = await openVoiceScene(
      async (call) => {
        call.ring();
        await wait.promise;
        throw new Error('a bug of the application');
      },
      { most: 1 },
    );
    const first = scene.phone.call(APP, scene.gate);
    await first.ringing;
    const second = await scene.phone.call(APP, scene.gate).settled;
    assert.equal(second.kind === 'refused' && second.response.status, 503);
    assert.ok(second.kind === 'refused' && second.response.headers.has('retry-after'));
    wait.resolve();
    const outcome = await first.settled;
    assert.equal(outcome.kind === 'refused' && outcome.response.status, 500);
    assert.equal(scene.errors.length, 1);
  });
});

describe('a dial', () => {
  for (const media of ['relay', 'direct'] as const)
    for (const answerOnBridge of [false, true])
      test(`joins the caller with a number, ${media}${answerOnBridge ? ', answered with it' : ''}`, async () => {
        let outcome: LegOutcome | undefined;
        await using scene = await openVoiceScene(async (call) => {
          if (!answerOnBridge) await call.answer();
          outcome = await call.dial(wishFor([NUMBER], { media, answerOnBridge, headers: [['X-Deal', '7']] }));
          await call.play(toneOf(1500));
        });
        const call = scene.phone.call(APP, scene.gate);
        const far = await scene.carrier.getsCall();
        assert.match(far.invite.uri, /^sip:\+12065550100@/);
        assert.equal(far.invite.headers.get('x-deal'), '7');
        assert.equal(far.invite.headers.has('x-tollgate-application'), false);
        assert.equal((await call.settled).kind, 'answered');
        call.media.say(400);
        far.media.say(900);
        await Promise.all([call.media.hears(900), far.media.hears(400)]);
        await call.media.press('5');
        while (far.media.events.length < 3) await far.media.changed();
        const place = /m=audio (\d+)/.exec(call.media.described.at(-1) ?? '')?.[1];
        assert.equal(Number(place) === far.media.port?.port, media === 'direct');
        far.call.end(480);
        await call.media.hears(1500);
        assert.equal(outcome?.kind, 'answered');
        await call.ended;
        assert.deepEqual(scene.errors, []);
        call.media.close();
      });
});
