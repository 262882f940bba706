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
