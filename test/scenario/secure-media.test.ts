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
import { addressList, clientOfGate } from '../support/twilio-gate.ts';

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
function call(phone: StreamPeer, host: string, streams: readonly string[]): SipRequest {
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
  await using gate = await TestGate.start();
  const client = clientOfGate(gate);
  const host = 'acme.pstn.twilio.com';
  const { sid } = await client.trunking.v1.trunks.create({ domainName: host, secure: true });
  const ipAccessControlListSid = await addressList(client, '127.0.0.1');
  await client.trunking.v1.trunks(sid).ipAccessControlLists.create({ ipAccessControlListSid });
  await client.incomingPhoneNumbers.create({ phoneNumber: OWN, trunkSid: sid });
  await using phone = await connect(gate, 'localhost');
  for (const [name, streams] of REFUSED) {
    const invite = call(phone, host, streams);
    phone.send(invite);
    const answer = await phone.status(488);
    assert.match(answer.headers.get('reason') ?? '', /cause=65/, name);
    const seen = await report(gate, invite);
    assert.partialDeepStrictEqual(seen, { state: 'refused', status: 488, reason: 'media-not-encrypted' }, name);
    assert.match(JSON.stringify(seen), /media-security.*"field":"secure"/, name);
    assert.doesNotMatch(JSON.stringify(seen), /inline:/, 'no key is in the journal');
  }
  for (const streams of [['m=audio 40000 RTP/SAVP 0'], []]) {
    const invite = call(phone, host, streams);
    phone.send(invite);
    const answer = await phone.status(200);
    phone.send(inDialog('ACK', invite, answer, 1));
    phone.send(inDialog('BYE', invite, answer, 2));
    await phone.status(200, 'BYE');
    assert.partialDeepStrictEqual(await report(gate, invite), { state: 'ended', reason: 'admitted' });
  }

  await client.trunking.v1.trunks(sid).update({ secure: false });
  const plain = call(phone, host, ['m=audio 40000 RTP/AVP 0']);
  phone.send(plain);
  await phone.status(200);
});

test('a connector that requires encryption takes encrypted audio only', async () => {
  await using gate = await TestGate.start();
  const { host } = await openTermination(gate.voiceClient(), true);
  await using phone = await connect(gate, host);
  const invite = call(phone, host, ['m=audio 40000 RTP/AVP 0']);
  phone.send(invite);
  await phone.status(488);
  assert.partialDeepStrictEqual(await report(gate, invite), { status: 488, reason: 'media-not-encrypted' });
  const encrypted = call(phone, host, ['m=audio 40000 RTP/SAVP 0']);
  phone.send(encrypted);
  const again = withCredentials(encrypted, await phone.status(407), CONNECTOR_USER.Password, CONNECTOR_USER.Username);
  phone.send(again);
  const answer = await phone.status(200);
  phone.send(inDialog('ACK', again, answer, 2));
  phone.send(inDialog('BYE', again, answer, 3));
  await phone.status(200, 'BYE');
});
