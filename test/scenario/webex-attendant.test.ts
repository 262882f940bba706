import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipRequest } from '../../src/sip/message/message.ts';
import { CALLED, CODE, openAttendantScene } from '../support/attendant-scene.ts';
import type { PhoneCall } from '../support/voice-phone.ts';

/** What a caller says of media before the answer. */
const CALLERS = {
  'that is answered first': [],
  'with early media': [['P-Early-Media', 'supported']],
  'with reliable early media': [['Supported', '100rel']],
} as const;

/** How a caller keys something. */
const WAYS: Record<string, (call: PhoneCall, keys: string) => Promise<void>> = {
  'RFC 4733': (call, keys) => call.media.press(keys),
  'in-band tones': (call, keys) => call.media.whistle(keys),
  'SIP INFO': async (call, keys) => {
    for (const key of keys)
      assert.equal(await call.inform('application/dtmf-relay', `Signal=${key}\r\nDuration=160\r\n`), 200);
  },
};

/** Resolves once so many packets of something that is no silence were heard. */
async function hearsSpeech({ media }: PhoneCall, packets = 25): Promise<void> {
  const from = media.heard.length;
  while (media.heard.length < from + packets || media.loudest(from) < 2000) await media.changed();
}

describe('a caller', { concurrency: 8 }, () => {
  for (const [caller, headers] of Object.entries(CALLERS))
    for (const [way, key] of Object.entries(WAYS).slice(0, caller.includes('reliable') ? 1 : 3))
      test(`${caller} hears a prompt, keys a right code by ${way} and talks, and only Tollgate hears the code`, async () => {
        const { scene, codes } = await openAttendantScene();
        await using _ = scene;
        const call = scene.phone.call(CALLED, scene.gate, { headers });
        if (headers.length === 0) assert.equal((await call.settled).kind, 'answered');
        else assert.equal(await call.ringing, 183);
        await hearsSpeech(call);
        await key(call, `${CODE}#`);
        const far = await scene.carrier.getsCall();
        assert.equal((await call.settled).kind, 'answered');
        far.media.say(700);
        call.media.say(900);
        await Promise.all([call.media.hears(700), far.media.hears(900)]);
        assert.deepEqual(codes.tries, [
          { line: 'one', location: 'one', codeSets: ['place'], digits: CODE, called: '+12065550100' },
        ]);
        // The ends were described to each other, and nothing more goes through Tollgate.
        assert.match(call.media.described.at(-1) ?? '', new RegExp(`m=audio ${far.media.port?.port} `));
        assert.match(far.media.described.at(-1) ?? '', new RegExp(`m=audio ${call.media.port?.port} `));
        assert.deepEqual(far.media.events, []);
        assert.equal(far.invite.toBuffer().toString().includes(CODE), false);
        assert.equal(JSON.stringify(scene.gate.events).includes(CODE), false);
        assert.ok(scene.notes(call.callId).some((note) => note.includes('Reception')));
        call.end();
        await far.ended;
        assert.deepEqual(scene.errors, []);
        call.media.close();
      });

  for (const [way, key] of Object.entries(WAYS))
    test(`that keys three wrong codes by ${way} is refused with 403`, async () => {
      const { scene, codes } = await openAttendantScene();
      await using _ = scene;
      const call = scene.phone.call(CALLED, scene.gate, { headers: CALLERS['with early media'] });
      await call.ringing;
      for (const wrong of ['11', '222', '83920175']) {
        const tries = codes.tries.length;
        await hearsSpeech(call, 10);
        await key(call, `${wrong}#`);
        while (codes.tries.length === tries) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await hearsSpeech(call);
      const outcome = await call.settled;
      assert.equal(outcome.kind === 'refused' && outcome.response.status, 403);
      assert.match((outcome.kind === 'refused' && outcome.response.headers.get('reason')) || '', /^SIP;cause=403/);
      assert.deepEqual(
        codes.tries.map(({ digits }) => digits),
        ['11', '222', '83920175'],
      );
      assert.equal(JSON.stringify(scene.gate.events).includes('83920175'), false);
      assert.equal(scene.carrier.received.length, 0);
      call.media.close();
    });

  test('that was answered and keys three wrong codes hears why and gets a BYE that says so', async () => {
    const { scene } = await openAttendantScene();
    await using _ = scene;
    const call = scene.phone.call(CALLED, scene.gate);
    const { agent } = scene.phone;
    const take = agent.message.bind(agent);
    let bye: SipRequest | undefined;
    agent.message = (message, flow) => {
      if (message instanceof SipRequest && message.method === 'BYE') bye = message;
      take(message, flow);
    };
    await call.settled;
    await call.media.press('1#2#3#');
    await hearsSpeech(call, 100);
    assert.equal(await call.ended, 'remote');
    assert.match(bye?.headers.get('reason') ?? '', /^SIP;cause=403/);
    call.media.close();
  });

  test('that keys a right code hears it ring, and the status of a callee who is busy', async () => {
    const { scene } = await openAttendantScene();
    await using _ = scene;
    const ring = Promise.withResolvers<void>();
    scene.carrier.onCall = ({ call }) => {
      call.ring();
      void ring.promise.then(() => call.refuse(486));
    };
    const call = scene.phone.call(CALLED, scene.gate, { headers: CALLERS['with early media'] });
    await call.ringing;
    await call.media.press(`${CODE}#`);
    await call.media.hears(425);
    ring.resolve();
    const outcome = await call.settled;
    assert.equal(outcome.kind === 'refused' && outcome.response.status, 486);
    call.media.close();
  });

  test('that cancels meanwhile leaves at once', async () => {
    const { scene } = await openAttendantScene();
    await using _ = scene;
    const call = scene.phone.call(CALLED, scene.gate, { headers: CALLERS['with reliable early media'] });
    await call.ringing;
    call.end();
    const outcome = await call.settled;
    assert.equal(outcome.kind === 'cancelled' && outcome.response?.status, 487);
    call.media.close();
  });
});
