// `secure` and `RequireEncryption` ask for encrypted audio too: trunks made by the vendors' libraries, calls over TLS.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { StreamPeer } from '../support/stream-peer.ts';
import { addressList, clientOfGate, PASSWORD } from '../support/twilio-gate.ts';
import { Linphone } from '../support/linphone.ts';
import { without } from '../support/programs.ts';
import { HOST, openTwimlScene, OWN_NUMBER } from '../support/twiml-scene.ts';
import { VoicePhone } from '../support/voice-phone.ts';

const NUMBER = '+12065550100';
const OWN = '+12065550111';
const KEY = 'inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
/** `m=` lines of audio, by whether a trunk that asks for encryption takes them. */
const REFUSED = [
  ['plain', ['m=audio 40000 RTP/AVP 0']],
  ['plain with feedback', ['m=audio 40000 RTP/AVPF 0']],
  ['plain beside encrypted', ['m=audio 40000 RTP/SAVP 0', 'm=audio 40002 RTP/AVP 0']],
] as const;

/** An INVITE with these `m=` lines; without any it has no offer. */
function inviteOf(phone: StreamPeer, host: string, streams: readonly string[]): SipRequest {
  const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone, { From: `<sip:${OWN}@${host}>;tag=a` });
  if (streams.length === 0) return invite;
  invite.headers.set('Content-Type', 'application/sdp');
  const keyed = streams.flatMap((stream) => [stream, `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}`]);
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...keyed];
  invite.body = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
  return invite;
}

function connect(gate: TestGate, name: string): Promise<StreamPeer> {
  const authority = readFileSync(join(gate.data, 'tls/ca.pem'), 'utf8');
  return StreamPeer.connect({ port: gate.sip.tls, tls: { authority, name } });
}

async function report(gate: TestGate, { callId = '' }: SipRequest): Promise<object> {
  return (await gate.api('GET', `/calls/${encodeURIComponent(callId)}`)) as object;
}

test('a secure Elastic SIP trunk takes encrypted audio only, and the journal says why', async () => {
  await using gate = await TestGate.start({ flags: ['--twilio-trunk-cps', '1000'] });
  const client = clientOfGate(gate);
  const host = 'acme.pstn.twilio.com';
  const { sid } = await client.trunking.v1.trunks.create({ domainName: host, secure: true });
  const ipAccessControlListSid = await addressList(client, '127.0.0.1');
  await client.trunking.v1.trunks(sid).ipAccessControlLists.create({ ipAccessControlListSid });
  await client.incomingPhoneNumbers.create({ phoneNumber: OWN, trunkSid: sid });
  await using phone = await connect(gate, 'localhost');
  for (const [name, streams] of REFUSED) {
    const invite = inviteOf(phone, host, streams);
    phone.send(invite);
    const answer = await phone.status(488);
    assert.match(answer.headers.values('reason').join(), /cause=65/, name);
    const seen = await report(gate, invite);
    assert.partialDeepStrictEqual(seen, { state: 'refused', status: 488, reason: 'media-not-encrypted' }, name);
    assert.match(JSON.stringify(seen), /media-security.*"field":"secure"/, name);
    assert.doesNotMatch(JSON.stringify(seen), /inline:/, 'no key is in the journal');
  }
  for (const streams of [['m=audio 40000 RTP/SAVP 0'], []]) {
    const invite = inviteOf(phone, host, streams);
    phone.send(invite);
    const answer = await phone.status(200);
    phone.send(inDialog('ACK', invite, answer, 1));
    phone.send(inDialog('BYE', invite, answer, 2));
    await phone.status(200, 'BYE');
    assert.partialDeepStrictEqual(await report(gate, invite), { state: 'ended', reason: 'admitted' });
  }

  await client.trunking.v1.trunks(sid).update({ secure: false });
  const plain = inviteOf(phone, host, ['m=audio 40000 RTP/AVP 0']);
  phone.send(plain);
  await phone.status(200);
});

test('a connector that requires encryption takes encrypted audio only', async () => {
  await using gate = await TestGate.start();
  const { host } = await openTermination(gate.voiceClient(), true);
  await using phone = await connect(gate, host);
  const { Username, Password } = CONNECTOR_USER;
  const invite = inviteOf(phone, host, ['m=audio 40000 RTP/AVP 0']);
  phone.send(invite);
  phone.send(withCredentials(invite, await phone.status(407), Password, Username));
  const refusal = await phone.status(488);
  assert.match(refusal.headers.values('reason').join(), /cause=65/);
  assert.partialDeepStrictEqual(await report(gate, invite), { status: 488, reason: 'media-not-encrypted' });
  const encrypted = inviteOf(phone, host, ['m=audio 40000 RTP/SAVP 0']);
  phone.send(encrypted);
  const again = withCredentials(encrypted, await phone.status(407), Password, Username);
  phone.send(again);
  const answer = await phone.status(200);
  phone.send(inDialog('ACK', again, answer, 2));
  phone.send(inDialog('BYE', again, answer, 3));
  await phone.status(200, 'BYE');
});

test('a secure domain with a VoiceUrl talks over SRTP: what it says is heard, what is keyed is gathered', async () => {
  await using scene = await openTwimlScene();
  const { client, domainSid, gate, server } = scene;
  await client.sip.domains(domainSid).update({ secure: true });
  await using phone = await VoicePhone.open();
  const place = { address: '127.0.0.1', port: gate.sip.tls };
  const from = `sip:${OWN_NUMBER}@${HOST}`;
  const dial = (encrypted: boolean) =>
    phone.call(`sip:+12065550100@${HOST}`, place, { from, overTls: true, encrypted });
  scene.serve({
    '/': `<Response><Gather numDigits="2" action="/keyed"><Say>hello</Say></Gather></Response>`,
    '/keyed': `<Response><Dial callerId="${OWN_NUMBER}">+12065550123</Dial></Response>`,
  });

  const plain = await dial(false).settled;
  assert.equal('response' in plain ? plain.response?.status : 0, 488);

  // Without an offer ours decides.
  await using other = await connect(gate, 'localhost');
  const invite = inviteOf(other, HOST, []);
  other.send(invite);
  const answer = await other.status(200);
  assert.match(answer.body.toString(), /m=audio \d+ RTP\/SAVP [^]*a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/);
  other.send(inDialog('ACK', invite, answer, 1));
  other.send(inDialog('BYE', invite, answer, 2));
  await other.status(200, 'BYE');

  const call = dial(true);
  assert.equal((await call.settled).kind, 'answered');
  assert.match(
    call.media.described.at(-1) ?? '',
    /m=audio \d+ RTP\/SAVP .*a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/s,
  );
  await call.media.hearsSpeech();
  await call.media.press('42');
  const { parameters } = await server.next('/keyed');
  assert.equal(parameters.get('Digits'), '42');
  const before = call.media.heard.length;
  while (call.media.heard.length < before + 20) await call.media.changed();
  // Encryption does not end within the call.
  const refused = call.session?.reinvite((await call.media.offer()).replace('RTP/SAVP', 'RTP/AVP'));
  await assert.rejects(refused ?? Promise.resolve(), { status: 488 });
  assert.doesNotMatch(await scene.journal(call), /inline:/, 'no key is in the journal');
  call.end();
  await call.ended;
});

test(
  'linphonec with SRTP talks with a secure domain, and without it is refused',
  { skip: without('linphonec') },
  async () => {
    await using carrier = await VoicePhone.open();
    await using scene = await openTwimlScene(['--carriers', `sip:127.0.0.1:${carrier.endpoint.port}`]);
    await scene.client.sip.domains(scene.domainSid).update({ secure: true });
    scene.serve({ '/': `<Response><Dial callerId="${OWN_NUMBER}">+12065550123</Dial></Response>` });
    const options = {
      proxy: `localhost:${scene.gate.sip.tls};transport=tls`,
      domain: HOST,
      realm: 'sip.twilio.com',
      user: 'dave',
      password: PASSWORD,
      authority: join(scene.gate.data, 'tls/ca.pem'),
    };
    await using plain = new Linphone(options);
    plain.say(`call sip:+12065550123@${HOST}`);
    await plain.logs(/SIP\/2\.0 488 /);
    assert.equal(await plain.quit(), 0);
    await using phone = new Linphone({ ...options, encrypts: true });
    phone.say(`call sip:+12065550123@${HOST}`);
    await phone.logs(/ to LinphoneCallStreamsRunning$/);
    const far = await carrier.getsCall();
    // It has no microphone here, so that its keys are what is heard of it; the first may come before the ends are joined.
    const press = setInterval(() => phone.say('7'), 1000);
    while (far.media.events.length < 3) await far.media.changed();
    clearInterval(press);
    phone.say('terminate');
    await far.ended;
    assert.equal(await phone.quit(), 0);
  },
);
