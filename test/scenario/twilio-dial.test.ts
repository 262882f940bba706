// What a TwiML Dial does beyond one called side that answers: a real gate, a real web server, real telephones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOST, openTwimlScene, type TwimlScene } from '../support/twiml-scene.ts';
import type { PhoneCall } from '../support/voice-phone.ts';

let scene: TwimlScene;
before(async () => {
  scene = await openTwimlScene();
});
after(() => scene[Symbol.asyncDispose]());

const response = (inside: string): string => `<?xml version="1.0" encoding="UTF-8"?><Response>${inside}</Response>`;

/** The status callback of the domain for this call. */
function completed({ server }: TwimlScene, call: PhoneCall) {
  return server.next('/status', ({ parameters }) => parameters.get('SipCallId') === call.callId);
}

test('Dial Sip rings all telephones of a user at once; who answers has the call, as one leg', async () => {
  scene.serve({ '/': response(`<Dial answerOnBridge="true"><Sip>sip:alice@${HOST}</Sip></Dial>`) });
  await using desk = await scene.register('alice');
  await using mobile = await scene.register('alice');
  const answer = Promise.withResolvers<void>();
  desk.onCall = ({ call }) => call.ring();
  mobile.onCall = ({ call }) => {
    call.ring();
    void answer.promise.then(() => call.answer());
  };
  const call = scene.call();
  const [left] = await Promise.all([desk.getsCall(), mobile.getsCall()]);
  answer.resolve();
  const { media } = await mobile.getsCall();
  await left.ended;
  call.media.say(500);
  media.say(900);
  await Promise.all([call.media.hears(900), media.hears(500)]);
  call.end();
  const sid = (await completed(scene, call)).parameters.get('CallSid') ?? '';
  const legs = await scene.client.calls.list({ parentCallSid: sid });
  assert.deepEqual(
    legs.map(({ to, status }) => [to, status]),
    [[`sip:alice@${HOST}`, 'completed']],
  );
});

test('what the called side says before it answers reaches the caller, whether that is answered or not', async () => {
  for (const answerOnBridge of [true, false]) {
    scene.serve({ '/': response(`<Dial answerOnBridge="${answerOnBridge}"><Sip>sip:bob@${HOST}</Sip></Dial>`) });
    await using bob = await scene.register('bob');
    const answer = Promise.withResolvers<void>();
    bob.onCall = ({ call }) => {
      void call.progress(true);
      void answer.promise.then(() => call.answer());
    };
    const call = scene.call();
    const { media } = await bob.getsCall();
    media.say(900);
    await call.media.hears(900, 10);
    assert.equal(call.session?.confirmed ?? false, !answerOnBridge);
    // Nobody talks for nothing.
    call.media.say(500);
    await call.media.hears(900, 10);
    assert.equal(media.heard.filter(({ payload }) => payload.some((octet) => (octet & 0x7f) < 0x70)).length, 0);
    answer.resolve();
    await call.settled;
    await Promise.all([media.hears(500), call.media.hears(900)]);
    call.end();
    await completed(scene, call);
  }
});

test('a ringTone takes the place of what the called side says, and may be another country’s', async () => {
  scene.serve({ '/': response(`<Dial ringTone="it"><Sip>sip:bob@${HOST}</Sip></Dial>`) });
  await using bob = await scene.register('bob');
  const answer = Promise.withResolvers<void>();
  bob.onCall = ({ call }) => {
    void call.progress(true);
    void answer.promise.then(() => call.answer());
  };
  const call = scene.call();
  const { media } = await bob.getsCall();
  media.say(900);
  await call.media.hears(425, 20);
  answer.resolve();
  await call.media.hears(900);
  call.end();
  await completed(scene, call);
});

test('the ringing goes on when the one who was heard has refused, as long as another one rings', async () => {
  scene.serve({ '/': response(`<Dial><Sip>sip:dave@${HOST}</Sip><Sip>sip:carol@${HOST}</Sip></Dial>`) });
  await using dave = await scene.register('dave');
  await using carol = await scene.register('carol');
  const refuse = Promise.withResolvers<void>();
  dave.onCall = ({ call }) => {
    void call.progress(true);
    void refuse.promise.then(() => call.refuse(486));
  };
  carol.onCall = ({ call }) => call.ring();
  const call = scene.call();
  (await dave.getsCall()).media.say(900);
  await call.media.hears(900);
  refuse.resolve();
  // 440 and 480 Hz together cross zero as often as what lies between them.
  await call.media.hears(460);
  call.end();
  await completed(scene, call);
});
