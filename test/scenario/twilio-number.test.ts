import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTwimlScene } from '../support/twiml-scene.ts';
import { VoicePhone } from '../support/voice-phone.ts';

test('a carrier’s call without a number reaches the script as anonymous, and is called on by the number it called', async () => {
  await using carrier = await VoicePhone.open();
  await using scene = await openTwimlScene(['--carriers', `sip:127.0.0.1:${carrier.endpoint.port}`]);
  const { client, server, edge } = scene;
  const called = '+12065550177';
  await client.incomingPhoneNumbers.create({ phoneNumber: called, voiceUrl: `${server.url}/number` });
  scene.serve({ '/number': '<Response><Dial>+12065550123</Dial></Response>' });
  const uri = `sip:${called}@127.0.0.1:${edge.port}`;
  const call = carrier.call(uri, edge, { from: 'sip:anonymous@anonymous.invalid' });
  const { parameters } = await server.next('/number');
  assert.deepEqual([parameters.get('From'), parameters.get('To')], ['anonymous', called]);
  const far = await carrier.getsCall();
  assert.match(far.invite.uri, /^sip:\+12065550123@/);
  assert.match(far.invite.headers.get('from') ?? '', /sip:\+12065550177@/);
  call.media.say(500);
  await far.media.hears(500);
  far.call.end(200);
  assert.equal(await call.ended, 'remote');
  call.media.close();
});
