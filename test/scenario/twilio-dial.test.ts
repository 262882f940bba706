// What a TwiML Dial does beyond one called side that answers: a real gate, a real web server, real telephones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOST, openTwimlScene, OWN_NUMBER, type TwimlScene } from '../support/twiml-scene.ts';
import { VoicePhone, type PhoneCall } from '../support/voice-phone.ts';
import { sine, wavOf } from '../support/wav.ts';
import { content } from '../support/webhook-server.ts';

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

/** Has a telephone talk to its callers before it answers, which it does once the result is resolved. */
function ringWithAudio(phone: VoicePhone): PromiseWithResolvers<void> {
  const answer = Promise.withResolvers<void>();
  phone.onCall = ({ call }) => {
    void call.progress(true);
    void answer.promise.then(() => call.answer());
  };
  return answer;
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
    const answer = ringWithAudio(bob);
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
  const answer = ringWithAudio(bob);
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

test('a number of the account itself is called by its VoiceUrl, as a call of its own', async () => {
  const { client, server } = scene;
  const number = '+12065550171';
  const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber: number, voiceUrl: `${server.url}/number` });
  scene.serve({
    '/': response(`<Dial answerOnBridge="true" callerId="${OWN_NUMBER}">${number}</Dial>`),
    '/number': response('<Play loop="0">/tone.wav</Play>'),
    '/tone.wav': content('audio/wav', wavOf(sine(900))),
  });
  const call = scene.call();
  const { parameters } = await server.next('/number');
  assert.deepEqual(
    ['To', 'From', 'Direction', 'CallStatus'].map((name) => parameters.get(name)),
    [number, OWN_NUMBER, 'inbound', 'ringing'],
  );
  await call.media.hears(900);
  call.end();
  const parentCallSid = (await completed(scene, call)).parameters.get('CallSid') ?? '';
  const [leg] = await client.calls.list({ parentCallSid });
  assert.deepEqual([leg?.direction, leg?.to], ['outbound-dial', number]);
  const called = await client.calls(parameters.get('CallSid') ?? '').fetch();
  assert.deepEqual([called.direction, called.parentCallSid, called.phoneNumberSid], ['inbound', null, sid]);
});

test('or delivered to its trunk; with neither it is refused', async () => {
  const { client } = scene;
  const number = '+12065550172';
  await using system = await VoicePhone.open();
  const { sid: trunkSid } = await client.trunking.v1.trunks.create({});
  const url = { sipUrl: `sip:127.0.0.1:${system.endpoint.port}`, friendlyName: 'pbx', priority: 1, weight: 1 };
  await client.trunking.v1.trunks(trunkSid).originationUrls.create({ ...url, enabled: true });
  const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber: number, trunkSid });
  scene.serve({ '/': response(`<Dial answerOnBridge="true" callerId="${OWN_NUMBER}">${number}</Dial>`) });
  const call = scene.call();
  const { invite, media } = await system.getsCall();
  assert.equal(invite.headers.get('diversion'), `<sip:${number}@twilio.com>;reason=unconditional`);
  assert.equal(invite.headers.has('x-tollgate-application'), false);
  media.say(900);
  await call.media.hears(900);
  call.end();
  await completed(scene, call);

  await client.incomingPhoneNumbers(sid).update({ trunkSid: '' });
  const refused = scene.call();
  await completed(scene, refused);
  assert.match(await scene.journal(refused), /the call to \+12065550172 ended: failed, 404/);
});

test('scripts that call each other in a circle come to an end', async () => {
  const { client, server } = scene;
  const number = '+12065550173';
  await client.incomingPhoneNumbers.create({ phoneNumber: number, voiceUrl: `${server.url}/circle` });
  const again = response(`<Dial callerId="${OWN_NUMBER}">${number}</Dial>`);
  scene.serve({ '/': again, '/circle': again });
  const call = scene.call();
  await completed(scene, call);
  const turns = server.requests.filter(({ path }) => path === '/circle').length;
  assert.ok(turns > 1 && turns < 10, `${turns} turns`);
});
