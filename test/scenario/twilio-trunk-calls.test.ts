// The calls of an Elastic SIP trunk in the vendor's list of calls: a real gate, provisioned and asked by the vendor's library.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inDialog, makeRequest } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { ask, call } from '../support/phone.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { addressList, clientOfGate } from '../support/twilio-gate.ts';

const OWN = '+12065550111';
const HOST = 'acme.pstn.twilio.com';

test('calls of a trunk are in the list, in the vendor’s words and in the vendor’s order', async () => {
  await using gate = await TestGate.start({ flags: ['--twilio-trunk-cps', '1000'] });
  await using phone = await SipPeer.open();
  await using system = await SipPeer.open();
  const client = clientOfGate(gate);
  const { sid: trunkSid } = await client.trunking.v1.trunks.create({ domainName: HOST });
  const trunk = client.trunking.v1.trunks(trunkSid);
  await trunk.ipAccessControlLists.create({ ipAccessControlListSid: await addressList(client, '127.0.0.1') });
  const url = { sipUrl: `sip:${system.address}:${system.port}`, friendlyName: 'pbx', priority: 1, weight: 1 };
  await trunk.originationUrls.create({ ...url, enabled: true });
  await client.incomingPhoneNumbers.create({ phoneNumber: OWN, trunkSid });
  const from = `sip:${OWN}@phone.example`;

  // Out: one that talks, and one that is busy.
  const invite = makeRequest('INVITE', `sip:+12065550100@${HOST}`, phone, { From: `<${from}>;tag=a` });
  const answer = await ask(phone, gate, invite);
  phone.send(inDialog('ACK', invite, answer, 1), { address: '127.0.0.1', port: gate.sip.udp });
  assert.deepEqual(await call(phone, gate, { to: `sip:+12065550486@${HOST}`, from }), [486]);
  assert.deepEqual(await call(phone, gate, { to: `sip:bob@${HOST}`, from }), [400]);

  // In: the header names the call.
  system.onRequest = (request) => {
    if (request.method !== 'ACK') system.respond(request, 200);
  };
  await gate.api('POST', '/exchange/calls', { to: OWN, from: '+12125550142', holdSeconds: 0 });
  const named = (await system.method('INVITE')).headers.get('x-twilio-callsid');

  const listed = await client.calls.list();
  assert.deepEqual(
    listed.map(({ direction, from: caller, to, status, trunkSid: by }) => [direction, caller, to, status, by]),
    [
      ['trunking-originating', '+12125550142', `sip:${OWN}@${system.address}:${system.port}`, 'completed', trunkSid],
      ['trunking-terminating', OWN, '+12065550486', 'busy', trunkSid],
      ['trunking-terminating', OWN, '+12065550100', 'in-progress', trunkSid],
    ],
  );
  assert.equal(listed[0]?.sid, named);
  const talking = listed[2]?.sid ?? '';
  await assert.rejects(client.calls(talking).update({ twiml: '<Response/>' }), { code: 21220 });
  assert.equal((await ask(phone, gate, inDialog('BYE', invite, answer, 2))).status, 200);
  const { status, duration, endTime } = await client.calls(talking).fetch();
  assert.deepEqual([status, typeof duration, endTime instanceof Date], ['completed', 'string', true]);
  assert.deepEqual((await client.calls.list({ status: 'busy' })).length, 1);
  assert.deepEqual(
    (await client.calls.list({ to: '+12065550100' })).map(({ sid }) => sid),
    [talking],
  );
});
