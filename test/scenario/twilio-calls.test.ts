import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { call, ask } from '../support/phone.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { addressList, clientOfGate, credentialList, PASSWORD } from '../support/twilio-gate.ts';

const OTHER_PASSWORD = 'AnotherOne2026xyz';
const FROM = 'sip:+12065550111@phone.example';
const FLAGS = ['--twilio-trunk-cps', '1000'];

/** How a telephone tries to get in. */
const TRIES = {
  'no password': {},
  'the right password': { user: 'alice', password: PASSWORD },
  'a wrong password': { user: 'alice', password: 'wrong' },
  'an unknown user': { user: 'nobody', password: PASSWORD },
} as const;

type Statuses = Record<keyof typeof TRIES, readonly number[]>;

const NOBODY: Statuses = {
  'no password': [403],
  'the right password': [403],
  'a wrong password': [403],
  'an unknown user': [403],
};
const EVERYBODY: Statuses = {
  'no password': [200],
  'the right password': [200],
  'a wrong password': [200],
  'an unknown user': [200],
};
const WHO_KNOWS: Statuses = {
  'no password': [407],
  'the right password': [407, 200],
  'a wrong password': [407, 403],
  'an unknown user': [407, 403],
};

/** Lists that are mapped, by the names below, and what becomes of the calls. */
const GOLDEN: readonly [ip: readonly string[], credentials: readonly string[], expected: Statuses][] = [
  [[], [], NOBODY],
  [['here'], [], EVERYBODY],
  [['elsewhere'], [], NOBODY],
  [['empty'], [], NOBODY],
  [['elsewhere', 'here'], [], EVERYBODY],
  [[], ['phones'], WHO_KNOWS],
  [[], ['desks'], { ...WHO_KNOWS, 'the right password': [407, 403] }],
  [[], ['desks', 'phones'], WHO_KNOWS],
  [['here'], ['phones'], WHO_KNOWS],
  [['elsewhere'], ['phones'], NOBODY],
  [['empty'], ['phones'], NOBODY],
  [['elsewhere', 'here'], ['desks', 'phones'], WHO_KNOWS],
];

/** The lists of the table. */
async function makeLists(gate: TestGate): Promise<Record<string, string>> {
  const client = clientOfGate(gate);
  return {
    here: await addressList(client, '127.0.0.0/8'),
    elsewhere: await addressList(client, '192.0.2.0/24'),
    empty: await addressList(client),
    phones: await credentialList(client, 'phones', { alice: PASSWORD }),
    desks: await credentialList(client, 'desks', { bob: PASSWORD }),
  };
}

let gate: TestGate;
let lists: Record<string, string>;

before(async () => {
  gate = await TestGate.start({ flags: FLAGS });
  lists = await makeLists(gate);
});
after(() => gate[Symbol.asyncDispose]());

describe('who may call', () => {
  test('a trunk: the table of all mappings of addresses and credentials', async () => {
    await using phone = await SipPeer.open();
    const client = clientOfGate(gate);
    for (const [index, [ip, credentials, expected]] of GOLDEN.entries()) {
      const host = `trunk${index}.pstn.twilio.com`;
      const { sid } = await client.trunking.v1.trunks.create({ domainName: host });
      const trunk = client.trunking.v1.trunks(sid);
      for (const name of ip) await trunk.ipAccessControlLists.create({ ipAccessControlListSid: lists[name] ?? '' });
      for (const name of credentials) await trunk.credentialsLists.create({ credentialListSid: lists[name] ?? '' });
      for (const [name, proof] of Object.entries(TRIES)) {
        const statuses = await call(phone, gate, { to: `sip:+12065550100@${host}`, from: FROM, ...proof });
        assert.deepEqual(statuses, expected[name as keyof Statuses], `${ip.join()} ${credentials.join()}: ${name}`);
      }
    }
  });

  test('a SIP domain: the same table, as it is explained', async () => {
    const client = clientOfGate(gate);
    for (const [index, [ip, credentials, expected]] of GOLDEN.entries()) {
      const host = `domain${index}.sip.twilio.com`;
      const { sid } = await client.sip.domains.create({ domainName: host });
      const { calls } = client.sip.domains(sid).auth;
      for (const name of ip)
        await calls.ipAccessControlListMappings.create({ ipAccessControlListSid: lists[name] ?? '' });
      for (const name of credentials)
        await calls.credentialListMappings.create({ credentialListSid: lists[name] ?? '' });
      // A user who is named stands for its right password.
      for (const [name, user] of [
        ['no password'],
        ['the right password', 'alice'],
        ['an unknown user', 'nobody'],
      ] as const) {
        const query = { to: `sip:+12065550100@${host.replace('.sip.', '.sip.dublin.')}`, source: '127.0.0.1', user };
        const { verdict } = (await gate.api('POST', '/explain', query)) as { verdict: string };
        const status = expected[name].at(-1);
        const wanted = status === 200 ? 'admit' : status === 407 ? 'challenge' : 'refuse';
        assert.equal(verdict, wanted, `${ip.join()} ${credentials.join()}: ${name}`);
      }
    }
  });

  test('a name that two lists have passes with either password', async () => {
    await using phone = await SipPeer.open();
    const client = clientOfGate(gate);
    const { sid } = await client.trunking.v1.trunks.create({ domainName: 'twice.pstn.twilio.com' });
    for (const [name, password] of [
      ['one', PASSWORD],
      ['two', OTHER_PASSWORD],
    ] as const) {
      const credentialListSid = await credentialList(client, name, { alice: password });
      await client.trunking.v1.trunks(sid).credentialsLists.create({ credentialListSid });
    }
    const to = 'sip:+12065550100@twice.pstn.ashburn.twilio.com';
    for (const [password, last] of [
      [PASSWORD, 200],
      [OTHER_PASSWORD, 200],
      ['neither', 403],
    ] as const)
      assert.deepEqual(await call(phone, gate, { to, from: FROM, user: 'alice', password }), [407, last], password);
  });

  test('a mapping that is deleted lets the next call in no more, and explain says why', async () => {
    await using phone = await SipPeer.open();
    const client = clientOfGate(gate);
    const { sid } = await client.trunking.v1.trunks.create({ domainName: 'acme.pstn.twilio.com' });
    const list = await credentialList(client, 'changing', { alice: PASSWORD });
    const { credentialsLists } = client.trunking.v1.trunks(sid);
    await credentialsLists.create({ credentialListSid: list });
    const to = 'sip:+12065550100@acme.pstn.twilio.com';
    const place = () => call(phone, gate, { to, from: FROM, user: 'alice', password: PASSWORD });
    assert.deepEqual(await place(), [407, 200]);
    await credentialsLists(list).remove();
    assert.deepEqual(await place(), [403]);
    const query = { to, source: '127.0.0.1', user: 'alice' };
    const decision = (await gate.api('POST', '/explain', query)) as {
      reason: string;
      trace: readonly { rule?: { resource: string } }[];
    };
    assert.equal(decision.reason, 'source-not-allowed');
    assert.equal(decision.trace.at(-1)?.rule?.resource, `Trunk ${sid}`);
    await credentialsLists.create({ credentialListSid: list });
    assert.deepEqual(await place(), [407, 200]);
    const users = client.sip.credentialLists(list).credentials;
    const [alice] = await users.list();
    await users(alice?.sid ?? '').update({ password: OTHER_PASSWORD });
    assert.deepEqual(await place(), [407, 403], 'the old password');
    await users(alice?.sid ?? '').remove();
    assert.deepEqual(await place(), [407, 403], 'nobody is left');
  });
});

test('a trunk has as many calls at once as it may, and refuses numbers with the vendor’s statuses', async () => {
  await using own = await TestGate.start({ flags: [...FLAGS, '--twilio-trunk-calls', '1'] });
  await using phone = await SipPeer.open();
  const client = clientOfGate(own);
  const { sid } = await client.trunking.v1.trunks.create({ domainName: 'acme.pstn.twilio.com' });
  const list = await addressList(client, '127.0.0.1');
  await client.trunking.v1.trunks(sid).ipAccessControlLists.create({ ipAccessControlListSid: list });
  const place = (user: string, from = FROM) => call(phone, own, { to: `sip:${user}@acme.pstn.twilio.com`, from });
  assert.deepEqual(await place('12065550100'), [400]);
  assert.deepEqual(await place('bob'), [400]);
  assert.deepEqual(await place('+442079460000'), [403]);
  const invite = makeRequest('INVITE', 'sip:+12065550100@acme.pstn.twilio.com', phone, { From: `<${FROM}>;tag=a` });
  const answer = await ask(phone, own, invite);
  assert.equal(answer.status, 200);
  phone.send(inDialog('ACK', invite, answer, 1), { address: '127.0.0.1', port: own.sip.udp });
  assert.deepEqual(await place('+12065550100'), [503]);
  assert.equal((await ask(phone, own, inDialog('BYE', invite, answer, 2))).status, 200);
  assert.deepEqual(await place('+12065550100'), [200]);
  await client.incomingPhoneNumbers.create({ phoneNumber: '+12065550111' });
  assert.deepEqual(await place('+12065550100'), [200]);
  assert.deepEqual(await place('+12065550100', 'sip:+12065550122@phone.example'), [403]);
});

test('a carrier that is mapped to a domain need not name it, nor have a password', async () => {
  const client = clientOfGate(gate);
  const { sid } = await client.sip.domains.create({ domainName: 'carrier.sip.twilio.com' });
  const credentialListSid = await credentialList(client, 'of the carrier', { alice: PASSWORD });
  await client.sip.domains(sid).auth.calls.credentialListMappings.create({ credentialListSid });
  const query = { to: `sip:+12065550100@127.0.0.1:${gate.sip.udp}`, source: '198.51.100.7' };
  const explain = async () => (await gate.api('POST', '/explain', query)) as { reason: string; trunk: string | null };
  assert.equal((await explain()).reason, 'unknown-source');
  const record = await client.voice.v1.ipRecords.create({ ipAddress: '198.51.100.0', cidrPrefixLength: 28 });
  const mapping = await client.voice.v1.sourceIpMappings.create({ ipRecordSid: record.sid, sipDomainSid: sid });
  const { reason, trunk } = await explain();
  assert.notEqual(reason, 'unknown-source');
  assert.equal(trunk, `twilio:${sid}`);
  await client.voice.v1.sourceIpMappings(mapping.sid).remove();
  assert.equal((await explain()).reason, 'unknown-source');
});

test('telephones that check names over TLS may call a domain at any edge of the vendor’s', async () => {
  const ca = readFileSync(join(gate.data, 'tls/ca.pem'));
  for (const servername of ['acme.sip.twilio.com', 'acme.sip.dublin.twilio.com', 'acme.pstn.us1.twilio.com']) {
    const socket = connect({ port: gate.sip.tls, host: '127.0.0.1', ca, servername });
    await once(socket, 'secureConnect');
    assert.ok(socket.authorized);
    socket.destroy();
  }
});

test('telephones register with a domain for ten minutes to an hour, ten for a user', async () => {
  await using phone = await SipPeer.open();
  const client = clientOfGate(gate);
  const { sid } = await client.sip.domains.create({ domainName: 'phones.sip.twilio.com', sipRegistration: true });
  const credentialListSid = await credentialList(client, 'registered', { alice: PASSWORD });
  const register = async (contacts: number, expires: number, password = PASSWORD) => {
    const self = '<sip:alice@phones.sip.twilio.com>';
    const wanted = Array.from({ length: contacts }, (_, index) => `<sip:alice@10.0.0.${index + 1}>`);
    const request = makeRequest('REGISTER', 'sip:phones.sip.twilio.com', phone, {
      From: `${self};tag=a`,
      To: self,
      Contact: wanted.join(', '),
      Expires: String(expires),
    });
    const first = await ask(phone, gate, request);
    return first.status === 401 ? ask(phone, gate, withCredentials(request, first, password, 'alice')) : first;
  };
  assert.equal((await register(1, 600)).status, 403, 'no list is mapped');
  await client.sip.domains(sid).auth.registrations.credentialListMappings.create({ credentialListSid });
  const brief = await register(1, 599);
  assert.deepEqual([brief.status, brief.headers.get('min-expires')], [423, '600']);
  const long = await register(1, 7200);
  assert.deepEqual([long.status, long.headers.get('contact')], [200, '<sip:alice@10.0.0.1>;expires=3600']);
  assert.equal((await register(10, 600)).status, 200);
  assert.equal((await register(11, 600)).status, 403);
  assert.equal((await register(1, 600, 'wrong')).status, 401);
});
