import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DialWish, LegOutcome, Party } from '../rulebook/call-control.ts';
import type { CallEvent } from '../journal/event.ts';
import { PASSWORD, USER } from '../../test/support/edge.ts';
import { VoicePhone } from '../../test/support/voice-phone.ts';
import { APP, openVoiceScene, toneOf, USERS, wishFor, type VoiceScene } from '../../test/support/voice-scene.ts';

const NUMBER: Party = { kind: 'number', number: '+12065550100' };
const number = (e164: string): Party => ({ kind: 'number', number: e164 });
const sip = (uri: string): Party => ({ kind: 'sip', uri });

/** A scene whose application dials, and what came of it. */
async function openDialling(
  wish: Partial<DialWish> & { parties: readonly Party[] },
  prepare: Parameters<typeof openVoiceScene>[1] = {},
): Promise<{ scene: VoiceScene; outcome: Promise<LegOutcome> }> {
  const { promise, resolve, reject } = Promise.withResolvers<LegOutcome>();
  promise.catch(() => {});
  const scene = await openVoiceScene(async (call) => {
    if (!wish.answerOnBridge) await call.answer();
    await call.dial(wishFor(wish.parties, wish)).then(resolve, (error: unknown) => {
      reject(error);
      throw error;
    });
  }, prepare);
  return { scene, outcome: promise };
}

/** The reasons for which legs were refused. */
function refusals(scene: VoiceScene): string[] {
  return scene.gate.events.flatMap((event: CallEvent) =>
    event.kind === 'decision' && event.decision.verdict !== 'admit' ? [event.decision.reason] : [],
  );
}

describe('a dial comes to', () => {
  for (const [status, kind] of [
    [486, 'busy'],
    [603, 'busy'],
    [480, 'no-answer'],
    [404, 'failed'],
  ] as const)
    test(`${kind} for ${status}`, async () => {
      const { scene, outcome } = await openDialling({ parties: [NUMBER] });
      await using _ = scene;
      scene.carrier.onCall = ({ call }) => call.refuse(status);
      const call = scene.phone.call(APP, scene.gate);
      assert.deepEqual(await outcome, { kind, status, talked: 0 });
      await call.ended;
      assert.match(scene.notes(call.callId).at(-1) ?? '', new RegExp(`ended: ${kind}, ${status}`));
      call.media.close();
    });

  test('no answer when the time is over, and the one who rang hears of it', async () => {
    const { scene, outcome } = await openDialling({ parties: [NUMBER], timeout: 150 });
    await using _ = scene;
    scene.carrier.onCall = ({ call }) => call.ring();
    const call = scene.phone.call(APP, scene.gate);
    assert.deepEqual(await outcome, { kind: 'no-answer', status: 487, talked: 0 });
    await (
      await scene.carrier.getsCall()
    ).ended;
    call.media.close();
  });

  test('an end when the longest time is over; the caller stays', async () => {
    const { scene, outcome } = await openDialling({ parties: [NUMBER], longest: 200 });
    await using _ = scene;
    const call = scene.phone.call(APP, scene.gate);
    const { kind, talked } = await outcome;
    assert.equal(kind, 'answered');
    assert.ok(talked >= 150, `${talked} ms`);
    await (
      await scene.carrier.getsCall()
    ).ended;
    await call.ended;
    call.media.close();
  });

  test('an end of all legs when the caller goes, ringing or talking', async () => {
    for (const answers of [false, true]) {
      const { scene, outcome } = await openDialling({ parties: [NUMBER, number('+12065550101')] });
      await using _ = scene;
      scene.carrier.onCall = ({ invite, call }) => {
        call.ring();
        if (answers && invite.uri.includes('0100')) void call.answer();
      };
      const call = scene.phone.call(APP, scene.gate);
      await call.settled;
      const legs = [await scene.carrier.getsCall(1), await scene.carrier.getsCall(2)];
      call.media.say(700);
      if (answers) await legs.find(({ invite }) => invite.uri.includes('0100'))?.media.hears(700);
      call.end();
      await assert.rejects(outcome, { name: 'CallGone' });
      await Promise.all(legs.map((leg) => leg.ended));
      call.media.close();
    }
  });
});

describe('a dial of several', () => {
  test('at once joins the first that answers, and the others stop ringing', async () => {
    const progress: string[] = [];
    const { scene, outcome } = await openDialling({
      parties: [NUMBER, number('+12065550101'), number('+12065550102')],
      onProgress: ({ party, state }) => progress.push(`${party.kind === 'number' && party.number.slice(-1)} ${state}`),
    });
    await using _ = scene;
    scene.carrier.onCall = ({ invite, call }) => {
      call.ring();
      if (invite.uri.includes('+12065550101')) void call.answer();
      if (invite.uri.includes('+12065550102')) call.refuse(486);
    };
    const call = scene.phone.call(APP, scene.gate);
    const legs = await Promise.all([1, 2, 3].map((count) => scene.carrier.getsCall(count)));
    const winner = legs.find(({ invite }) => invite.uri.includes('0101'));
    await Promise.all(legs.filter((leg) => leg !== winner).map((leg) => leg.ended));
    winner?.media.say(700);
    await call.media.hears(700);
    call.end();
    await outcome.catch(() => {});
    await winner?.ended;
    for (const state of ['0 completed', '1 answered', '1 completed', '2 completed'])
      assert.ok(progress.includes(state), state);
    assert.deepEqual(progress.filter((line) => line.startsWith('1')).slice(0, 3), [
      '1 initiated',
      '1 ringing',
      '1 answered',
    ]);
    call.media.close();
  });

  test('in turn goes on from one who is busy to the next', async () => {
    const { scene, outcome } = await openDialling({ parties: [NUMBER, number('+12065550101')], sequential: true });
    await using _ = scene;
    scene.carrier.onCall = ({ invite, call }) => (invite.uri.includes('0100') ? call.refuse(486) : void call.answer());
    const call = scene.phone.call(APP, scene.gate);
    const far = await scene.carrier.getsCall(2);
    far.media.say(700);
    await call.media.hears(700);
    far.call.end(480);
    assert.equal((await outcome).kind, 'answered');
    call.media.close();
  });
});

describe('a dial goes to', () => {
  test('a registered user of the account', async () => {
    const { scene } = await openDialling({ parties: [sip(`sip:${USER}@${USERS}`)] });
    await using _ = scene;
    await using user = await VoicePhone.open();
    assert.equal(await user.register(scene.gate, USERS, { username: USER, password: PASSWORD }), 200);
    const call = scene.phone.call(APP, scene.gate);
    const far = await user.getsCall();
    far.media.say(700);
    call.media.say(900);
    await Promise.all([call.media.hears(700), far.media.hears(900)]);
    call.end();
    await far.ended;
    call.media.close();
  });

  test('a place elsewhere, and answers its challenge', async () => {
    await using elsewhere = await VoicePhone.open();
    const { address, port } = elsewhere.endpoint;
    const uri = `sip:bob@${address}:${port};color=blue`;
    const { scene } = await openDialling({ parties: [{ kind: 'sip', uri, username: 'u', password: 'p' }] });
    await using _ = scene;
    elsewhere.onCall = ({ invite, call }) => {
      if (invite.headers.has('authorization')) void call.answer();
      else call.refuse(401, undefined, [['WWW-Authenticate', 'Digest realm="far", nonce="n", algorithm=SHA-256']]);
    };
    const call = scene.phone.call(APP, scene.gate);
    const far = await elsewhere.getsCall(2);
    assert.equal(far.invite.uri, uri);
    assert.equal(far.invite.headers.has('p-asserted-identity'), false);
    far.media.say(700);
    await call.media.hears(700);
    call.end();
    await far.ended;
    call.media.close();
  });

  test('nobody that the rules forbid', async () => {
    const carrier = (scene: VoiceScene): string => `sip:+19005551234@127.0.0.1:${scene.carrier.endpoint.port}`;
    for (const [party, reason] of [
      [() => number('+19005551234'), 'premium-not-allowed'],
      [() => number('+442079460000'), 'country-not-allowed'],
      [() => number('bob'), 'called-number-invalid'],
      [() => sip('sip:jdoe@other.example'), 'address-not-allowed'],
      [(scene: VoiceScene) => sip(`sip:+19005551234@127.0.0.1:${scene.gate.port}`), 'premium-not-allowed'],
      [(scene: VoiceScene) => sip(carrier(scene)), 'address-not-allowed'],
    ] as const) {
      let outcome: LegOutcome | undefined;
      const scene: VoiceScene = await openVoiceScene(async (call) => {
        await call.answer();
        outcome = await call.dial(wishFor([party(scene)]));
      });
      await using _ = scene;
      const call = scene.phone.call(APP, scene.gate);
      await call.ended;
      assert.equal(outcome?.kind, 'failed', reason);
      assert.deepEqual(refusals(scene), [reason]);
      assert.equal(scene.carrier.received.length, 0);
      call.media.close();
    }
  });

  test('no carrier by way of a name that leads to one', async () => {
    let outcome: LegOutcome | undefined;
    const scene: VoiceScene = await openVoiceScene(async (call) => {
      await call.answer();
      outcome = await call.dial(wishFor([sip(`sip:+19005551234@localhost:${scene.carrier.endpoint.port}`)]));
    });
    await using _ = scene;
    const call = scene.phone.call(APP, scene.gate);
    await call.ended;
    assert.equal(outcome?.kind, 'failed');
    assert.equal(scene.carrier.received.length, 0);
    call.media.close();
  });
});

describe('ends that are joined', () => {
  test('hear each other through us though one speaks A-law and the other µ-law', async () => {
    const { scene } = await openDialling({ parties: [NUMBER] }, { carrierLaws: ['pcma'] });
    await using _ = scene;
    const call = scene.phone.call(APP, scene.gate);
    const far = await scene.carrier.getsCall();
    far.media.say(700);
    call.media.say(900);
    await Promise.all([call.media.hears(700), far.media.hears(900)]);
    assert.deepEqual([call.media.heard.at(-1)?.payloadType, far.media.heard.at(-1)?.payloadType], [0, 8]);
    call.end();
    await far.ended;
    call.media.close();
  });

  test('directly offer each other what they like, also both at once', async () => {
    const { scene } = await openDialling({ parties: [NUMBER], media: 'direct' });
    await using _ = scene;
    const call = scene.phone.call(APP, scene.gate);
    const far = await scene.carrier.getsCall();
    call.media.say(900);
    await far.media.hears(900);
    const hold = (await call.media.offer()).replace('sendrecv', 'sendonly');
    const answer = await call.session?.reinvite(hold);
    assert.match(answer ?? '', new RegExp(`m=audio ${far.media.port?.port} `));
    assert.match(far.media.described.at(-1) ?? '', /a=sendonly/);
    const [one, two] = await Promise.all([
      call.session?.reinvite(await call.media.offer()),
      far.call.session.reinvite(await far.media.offer()),
    ]);
    assert.match(one ?? '', new RegExp(`m=audio ${far.media.port?.port} `));
    assert.match(two, new RegExp(`m=audio ${call.media.port?.port} `));
    far.call.end(480);
    await call.ended;
    call.media.close();
  });

  test('are relayed when one of them wants no direct way', async () => {
    const { scene } = await openDialling({ parties: [NUMBER], media: 'direct' });
    await using _ = scene;
    scene.carrier.onCall = ({ call, media }) =>
      void (async () => {
        await call.answer();
        media.refuses = true;
      })();
    const call = scene.phone.call(APP, scene.gate);
    const far = await scene.carrier.getsCall();
    call.media.say(900);
    far.media.say(700);
    await Promise.all([far.media.hears(900), call.media.hears(700)]);
    assert.ok(scene.notes(call.callId).some((note) => note.includes('refused the direct way')));
    call.end();
    await far.ended;
    call.media.close();
  });

  test('may refresh the session and press keys by INFO, which are passed on', async () => {
    const { scene } = await openDialling({ parties: [NUMBER] });
    await using _ = scene;
    const call = scene.phone.call(APP, scene.gate);
    const far = await scene.carrier.getsCall();
    call.media.say(900);
    await far.media.hears(900);
    await call.session?.reinvite(await call.media.offer());
    await far.call.session.reinvite(await far.media.offer());
    await far.media.hears(900);
    assert.equal(await call.session?.ask('INFO', { type: 'application/dtmf', text: '5' }), 200);
    far.call.end(480);
    await call.ended;
    call.media.close();
  });
});

describe('a call that an application places', () => {
  test('is judged by the rules of the account, answered, and hears audio', async () => {
    await using scene = await openVoiceScene(async () => {});
    const progress: string[] = [];
    const call = scene.voice.place({
      account: 'test:account',
      from: '+12065550199',
      to: NUMBER,
      timeout: 10_000,
      headers: [],
      onAnswer: async (answered) => void (await answered.play(toneOf(600, 0.5))),
      onProgress: (state) => progress.push(state),
    });
    assert.equal(call.state, 'ringing');
    const far = await scene.carrier.getsCall();
    await far.media.hears(600);
    assert.equal((await call.ended).kind, 'answered');
    assert.deepEqual(progress, ['initiated', 'ringing', 'answered', 'completed']);
    const decision = scene.gate.events.find((event) => event.kind === 'decision');
    assert.equal(decision?.kind === 'decision' && decision.decision.trunk, 'test:one');
  });

  test('to a number that costs comes to nothing', async () => {
    await using scene = await openVoiceScene(async () => {});
    const call = scene.voice.place({
      account: 'test:account',
      from: '+12065550199',
      to: number('+19005551234'),
      timeout: 10_000,
      headers: [],
      onAnswer: async () => {},
    });
    assert.deepEqual(await call.ended, { kind: 'failed', status: 403, talked: 0 });
  });
});
