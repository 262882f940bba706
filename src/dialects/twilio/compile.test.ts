import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { attempt, CARRIER } from '../../../test/support/rules.ts';
import { seeded } from '../../../test/support/seeded.ts';
import { ACCOUNT, startTwilio, type TwilioServer } from '../../../test/support/twilio.ts';
import { parseAddress } from '../../kit/ip.ts';
import type { CallAttempt } from '../../rulebook/attempt.ts';
import { decide } from '../../rulebook/decide/decide.ts';
import { Rulebook } from '../../rulebook/rulebook.ts';
import type { Trunk } from '../../rulebook/trunk.ts';
import { Credentials } from '../credentials.ts';
import { followLedger } from '../follow.ts';
import { createTwilioCompiler } from './compile.ts';
import { keyOf } from './documents.ts';

const PASSWORD = 'IWasAtSignal2018x';
const LIMITS = { callsPerSecond: 3, concurrentCalls: 7 };
const NOW = Date.UTC(2026, 10, 22);

interface Rules extends TwilioServer {
  readonly compiler: ReturnType<typeof createTwilioCompiler>;
  readonly rulebook: Rulebook;
  readonly credentials: Credentials;
  trunk(sid: string): Trunk;
  /** Decides about a call of a sender of the documentation's networks, unless told otherwise. */
  judge(changes: Partial<CallAttempt>): ReturnType<typeof decide>;
}

/** The API with a rulebook that follows what is said there. */
async function openRules(t: TestContext, domain: string | null = null): Promise<Rules> {
  const server = await startTwilio(t, { domain });
  const compiler = createTwilioCompiler({ account: ACCOUNT, sealer: server.sealer, domain, trunkLimits: LIMITS });
  const rulebook = new Rulebook([CARRIER], CARRIER);
  const errors: unknown[] = [];
  const credentials = new Credentials(server.ledger, [compiler]);
  const stop = await followLedger(server.ledger, [compiler], rulebook, (error) => errors.push(error));
  t.after(() => {
    stop();
    assert.deepEqual(errors, []);
  });
  return {
    ...server,
    compiler,
    rulebook,
    credentials,
    trunk: (sid) => rulebook.trunk(`twilio:${sid}`) ?? assert.fail(`${sid} was not compiled`),
    judge: (changes) => decide(rulebook, attempt({ digest: { outcome: 'none' }, ...changes }), NOW),
  };
}

async function listOf({ client }: TwilioServer, ...addresses: readonly string[]): Promise<string> {
  const list = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
  for (const ipAddress of addresses)
    await client.sip.ipAccessControlLists(list.sid).ipAddresses.create({ friendlyName: 'desk', ipAddress });
  return list.sid;
}

async function credentialsOf({ client }: TwilioServer, friendlyName: string, ...usernames: readonly string[]) {
  const list = await client.sip.credentialLists.create({ friendlyName });
  for (const username of usernames)
    await client.sip.credentialLists(list.sid).credentials.create({ username, password: PASSWORD });
  return list.sid;
}

describe('a SIP domain', () => {
  test('that nothing is mapped to lets nobody in, whatever is mapped elsewhere', async (t) => {
    const rules = await openRules(t);
    const { sid } = await rules.client.sip.domains.create({ domainName: 'acme.sip.twilio.com' });
    const { termination } = rules.trunk(sid);
    assert.equal(termination?.sources, null);
    assert.equal(termination.digest, null);
    assert.deepEqual(termination.application, { id: sid, rule: { resource: `SipDomain ${sid}`, field: 'voice_url' } });
    const refused = rules.judge({ requestUri: { user: '+12065550100', host: 'acme.sip.twilio.com' } });
    assert.equal(refused.reason, 'source-not-allowed');
    assert.deepEqual(refused.trace.at(-1)?.rule, { resource: `SipDomain ${sid}`, field: 'Auth.Calls' });
  });

  test('is found by its name, at every edge, and by the own domain; deleted, by none', async (t) => {
    const rules = await openRules(t, 'calls.example.net');
    const { sid } = await rules.client.sip.domains.create({ domainName: 'Acme.sip.twilio.com' });
    const names = ['acme.sip.twilio.com', 'acme.sip.ashburn.twilio.com', 'acme.sip.us1.twilio.com'];
    for (const host of [...names, 'acme.sip.calls.example.net', 'acme.sip.dublin.calls.example.net'])
      assert.equal(rules.rulebook.trunkByHost(host)?.id, `twilio:${sid}`, host);
    for (const host of ['acme.pstn.twilio.com', 'acme.sip.moon.twilio.com', 'sip.twilio.com'])
      assert.equal(rules.rulebook.trunkByHost(host), undefined, host);
    await rules.client.sip.domains(sid).remove();
    for (const host of names) assert.equal(rules.rulebook.trunkByHost(host), undefined, host);
  });

  test('takes the addresses and credentials of all mapped lists, as they are at that moment', async (t) => {
    const rules = await openRules(t);
    const { client } = rules;
    const { sid } = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com' });
    const { calls } = client.sip.domains(sid).auth;
    const office = await listOf(rules, '198.51.100.7');
    const home = await listOf(rules);
    await calls.ipAccessControlListMappings.create({ ipAccessControlListSid: office });
    await calls.ipAccessControlListMappings.create({ ipAccessControlListSid: home });
    const from = (address: string): string => {
      const source = { address, port: 5060, transport: 'udp', secure: false };
      return rules.judge({ requestUri: { user: '+12065550100', host: 'acme.sip.twilio.com' }, source }).reason;
    };
    assert.equal(from('198.51.100.7'), 'admitted');
    assert.equal(from('203.0.113.5'), 'source-not-allowed');
    const block = { friendlyName: 'block', ipAddress: '203.0.113.9', cidrPrefixLength: 24 };
    const added = await client.sip.ipAccessControlLists(home).ipAddresses.create(block);
    assert.equal(from('203.0.113.5'), 'admitted', 'the whole block, whatever its host bits');
    await client.sip.ipAccessControlLists(home).ipAddresses(added.sid).remove();
    assert.equal(from('203.0.113.5'), 'source-not-allowed');

    const phones = await credentialsOf(rules, 'phones');
    const desks = await credentialsOf(rules, 'desks', 'alice');
    await calls.credentialListMappings.create({ credentialListSid: phones });
    assert.equal(rules.trunk(sid).termination?.digest?.empty, true);
    assert.equal(from('198.51.100.7'), 'credentials-required', 'both must pass');
    await calls.credentialListMappings.create({ credentialListSid: desks });
    const { digest } = rules.trunk(sid).termination ?? {};
    assert.equal(digest?.realm, 'sip.twilio.com');
    assert.equal(digest.empty, false);
    assert.deepEqual(new Set(digest.credentialSets), new Set([phones, desks]));
    const [alice] = await rules.credentials.find(`twilio:${sid}`, digest.credentialSets, 'alice');
    // The vector of the reference: MD5 of user, realm and password.
    assert.equal(alice?.secrets.md5, '4e6d1416b11dca67b1e59d2f24b054b5');
    await calls.ipAccessControlListMappings(office).remove();
    assert.equal(from('198.51.100.7'), 'source-not-allowed', 'at once');
  });

  test('takes registrations by lists of their own, only while it says so', async (t) => {
    const rules = await openRules(t);
    const { client } = rules;
    const { sid } = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com', sipRegistration: true });
    assert.equal(rules.trunk(sid).registration, null, 'nobody could');
    const list = await credentialsOf(rules, 'phones', 'alice');
    await client.sip.domains(sid).auth.registrations.credentialListMappings.create({ credentialListSid: list });
    const { digest, minimumSeconds, maximumSeconds, contactsPerUser, sources } = rules.trunk(sid).registration ?? {};
    assert.deepEqual(digest?.credentialSets, [list]);
    assert.deepEqual(
      { minimumSeconds, maximumSeconds, contactsPerUser },
      {
        minimumSeconds: 600,
        maximumSeconds: 3600,
        contactsPerUser: 10,
      },
    );
    assert.equal(sources, null);
    assert.equal(rules.trunk(sid).termination?.digest, null, 'calls are another matter');
    await client.sip.domains(sid).update({ sipRegistration: false });
    assert.equal(rules.trunk(sid).registration, null);
  });

  test('knows a carrier by its address alone where a mapping says so, before any list', async (t) => {
    const rules = await openRules(t);
    const { client } = rules;
    const other = await client.sip.domains.create({ domainName: 'other.sip.twilio.com' });
    const everybody = await listOf(rules, '192.0.2.7');
    await client.sip.domains(other.sid).auth.calls.ipAccessControlListMappings.create({
      ipAccessControlListSid: everybody,
    });
    const { sid } = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com', secure: false });
    const list = await credentialsOf(rules, 'phones', 'alice');
    await client.sip.domains(sid).auth.calls.credentialListMappings.create({ credentialListSid: list });
    const record = await client.voice.v1.ipRecords.create({ ipAddress: '192.0.2.7' });
    const fromCarrier: Partial<CallAttempt> = {
      requestUri: { user: '+12065550100', host: '10.0.0.1' },
      addressedToEdge: true,
      toHost: '10.0.0.1',
      fromHost: '192.0.2.7',
      source: { address: '192.0.2.7', port: 5060, transport: 'udp', secure: false },
    };
    assert.equal(rules.judge(fromCarrier).trunk, `twilio:${other.sid}`);
    const mapping = await client.voice.v1.sourceIpMappings.create({ ipRecordSid: record.sid, sipDomainSid: sid });
    const decision = rules.judge(fromCarrier);
    assert.equal(decision.trunk, `twilio:${sid}`);
    assert.equal(decision.verdict, 'admit');
    await client.voice.v1.sourceIpMappings(mapping.sid).update({ sipDomainSid: other.sid });
    assert.equal(rules.judge(fromCarrier).trunk, `twilio:${other.sid}`);
    await client.voice.v1.sourceIpMappings(mapping.sid).remove();
    assert.equal(rules.trunk(other.sid).termination?.boundSources, null);
    assert.equal(rules.rulebook.trunksBySource(parseAddress('192.0.2.7') ?? assert.fail()).length, 1);
  });
});

describe('an elastic trunk', () => {
  test('without a name takes no calls; with one, only from its lists, and only E.164', async (t) => {
    const rules = await openRules(t);
    const { client } = rules;
    const { sid } = await client.trunking.v1.trunks.create({ friendlyName: 'office' });
    assert.equal(rules.trunk(sid).termination, null);
    await client.trunking.v1.trunks(sid).update({ domainName: 'acme.pstn.twilio.com' });
    const list = await listOf(rules, '198.51.100.7');
    await client.trunking.v1.trunks(sid).ipAccessControlLists.create({ ipAccessControlListSid: list });
    const call = (user: string) => rules.judge({ requestUri: { user, host: 'acme.pstn.twilio.com' } });
    assert.equal(call('+12065550100').verdict, 'admit');
    const { reason, status } = call('12065550100');
    assert.deepEqual({ reason, status }, { reason: 'called-number-invalid', status: 400 });
    assert.equal(call('911').verdict, 'admit', 'emergency numbers have no plus sign');
    const requestUri = { user: '+12065550100', host: 'acme.pstn.twilio.com' };
    assert.equal(rules.judge({ requestUri, callsInLastSecond: 3 }).status, 503);
    assert.equal(rules.judge({ requestUri, callsInProgress: 7 }).status, 503);
    const own = await client.incomingPhoneNumbers.create({ phoneNumber: '+14155550199' });
    const shown = (callerIds: string[]) => rules.judge({ requestUri, callerIds });
    assert.equal(shown([own.phoneNumber]).verdict, 'admit');
    assert.deepEqual([shown(['+12065550111']).reason, shown(['alice']).status], ['caller-id-not-owned', 403]);
  });

  test('answers wrong credentials with 403, without a new challenge', async (t) => {
    const rules = await openRules(t);
    const { client } = rules;
    const { sid } = await client.trunking.v1.trunks.create({ domainName: 'acme.pstn.twilio.com' });
    const list = await credentialsOf(rules, 'phones', 'alice');
    await client.trunking.v1.trunks(sid).credentialsLists.create({ credentialListSid: list });
    const call = (digest: CallAttempt['digest']) =>
      rules.judge({ requestUri: { user: '+12065550100', host: 'acme.pstn.twilio.com' }, digest });
    const asked = call({ outcome: 'none' });
    assert.deepEqual([asked.status, asked.challenge?.realm], [407, 'sip.twilio.com']);
    for (const outcome of ['wrong-response', 'unknown-user'] as const) {
      const { verdict, status, challenge } = call({ outcome, username: 'alice' });
      assert.deepEqual({ verdict, status, challenge }, { verdict: 'refuse', status: 403, challenge: null }, outcome);
    }
    assert.equal(call({ outcome: 'nonce-stale', username: 'alice' }).status, 407, 'another try is fair');
  });

  test('calls only the countries and kinds of numbers that the account has opened', async (t) => {
    const rules = await openRules(t);
    const { client } = rules;
    const { sid } = await client.trunking.v1.trunks.create({ domainName: 'acme.pstn.twilio.com' });
    await client.trunking.v1.trunks(sid).ipAccessControlLists.create({
      ipAccessControlListSid: await listOf(rules, '198.51.100.7'),
    });
    const call = (user: string): string => rules.judge({ requestUri: { user, host: 'acme.pstn.twilio.com' } }).reason;
    const open = (...updates: object[]) =>
      client.voice.v1.dialingPermissions.bulkCountryUpdates.create({ updateRequest: JSON.stringify(updates) });
    const [ordinary, special, unallocated] = ['+442079460000', '+448431234567', '+37199999999'];
    assert.equal(call('+16045550100'), 'admitted', 'Canada is with the United States');
    assert.equal(call(ordinary), 'country-not-allowed');
    assert.equal(call(special), 'high-risk-not-allowed');
    assert.equal(call('+19005551234'), 'high-risk-not-allowed');
    await open({ iso_code: 'GB', low_risk_numbers_enabled: true });
    assert.equal(call(ordinary), 'admitted');
    assert.equal(call(special), 'high-risk-not-allowed');
    await open(
      { iso_code: 'GB', high_risk_special_numbers_enabled: 'true' },
      { iso_code: 'LV', low_risk_numbers_enabled: 'true' },
    );
    assert.equal(call(ordinary), 'admitted', 'what was not named stays');
    assert.equal(call(special), 'admitted');
    assert.equal(call(unallocated), 'high-risk-not-allowed');
    await open({ iso_code: 'LV', high_risk_tollfraud_numbers_enabled: true });
    assert.equal(call(unallocated), 'admitted');
    await open({ iso_code: 'GB', low_risk_numbers_enabled: false });
    assert.equal(call(ordinary), 'country-not-allowed');
  });

  test('delivers the calls of its numbers to its URLs, with the headers of the vendor', async (t) => {
    const rules = await openRules(t);
    const { client } = rules;
    const { sid } = await client.trunking.v1.trunks.create({});
    const url = (sipUrl: string, priority: number, enabled = true) =>
      client.trunking.v1
        .trunks(sid)
        .originationUrls.create({ friendlyName: 'pbx', sipUrl, priority, weight: 10, enabled });
    await url('sip:second.example.net;transport=tcp', 20);
    await url('sip://first.example.net:5080', 10);
    await url('sip:off.example.net', 1, false);
    const { sid: number } = await client.incomingPhoneNumbers.create({ phoneNumber: '+12065550199' });
    const call = () => rules.judge({ fromCarrier: true, requestUri: { user: '+12065550199', host: '10.0.0.1' } });
    assert.equal(call().reason, 'number-not-assigned');
    await client.trunking.v1.trunks(sid).phoneNumbers.create({ phoneNumberSid: number });
    const { targets } = call();
    assert.deepEqual(
      targets.map(({ user, route }) => [user, route?.host, route?.port, route?.transport]),
      [
        ['+12065550199', 'first.example.net', 5080, 'udp'],
        ['+12065550199', 'second.example.net', null, 'tcp'],
      ],
    );
    assert.deepEqual(targets[0]?.headers, [
      ['X-Twilio-CallSid', 'CAa1'],
      ['X-Twilio-AccountSid', ACCOUNT.sid],
      ['Diversion', '<sip:+12065550199@twilio.com>;reason=unconditional'],
    ]);
    await client.trunking.v1.trunks(sid).update({ secure: true });
    assert.ok(call().targets.every(({ route }) => route?.transport === 'tls'));
    await client.trunking.v1.trunks(sid).remove();
    assert.equal(call().reason, 'number-not-assigned', 'the number stays');
  });

  test('shares calls by weight: each share of 1,000 calls is within three standard deviations', async (t) => {
    const rules = await openRules(t);
    const { client } = rules;
    const { sid } = await client.trunking.v1.trunks.create({});
    const weights = { 'a.example.net': 10, 'b.example.net': 30, 'c.example.net': 60 };
    for (const [host, weight] of Object.entries(weights))
      await client.trunking.v1.trunks(sid).originationUrls.create({
        friendlyName: host,
        sipUrl: `sip:${host}`,
        priority: 10,
        weight,
        enabled: true,
      });
    const number = await client.incomingPhoneNumbers.create({ phoneNumber: '+12065550199', trunkSid: sid });
    const dice = seeded(2026);
    const calls = 1000;
    const count = new Map<string, number>();
    for (let call = 0; call < calls; call += 1) {
      const requestUri = { user: number.phoneNumber, host: '10.0.0.1' };
      const [first] = rules.judge({ fromCarrier: true, requestUri, dice: dice() }).targets;
      const host = first?.route?.host ?? '';
      count.set(host, (count.get(host) ?? 0) + 1);
    }
    for (const [host, weight] of Object.entries(weights)) {
      const share = weight / 100;
      const deviation = Math.sqrt(calls * share * (1 - share));
      const found = count.get(host) ?? 0;
      assert.ok(Math.abs(found - calls * share) <= 3 * deviation, `${host}: ${found}, not about ${calls * share}`);
    }
  });
});

test('a BYOC trunk sends calls to the targets of its connection policy, and answers for the domains linked to it', async (t) => {
  const rules = await openRules(t);
  const { client } = rules;
  const policy = await client.voice.v1.connectionPolicies.create({ friendlyName: 'carriers' });
  const { sid } = await client.voice.v1.byocTrunks.create({ connectionPolicySid: policy.sid });
  assert.deepEqual(rules.trunk(sid).termination?.carriers, []);
  const targets = client.voice.v1.connectionPolicies(policy.sid).targets;
  await targets.create({ target: 'sip:192.0.2.2', priority: 2 });
  const first = await targets.create({ target: 'sip:carrier.example.net;transport=tls', priority: 1 });
  const hosts = () =>
    rules.trunk(sid).termination?.carriers?.map(({ host, port, transport }) => [host, port, transport]);
  assert.deepEqual(
    new Set(hosts()),
    new Set([
      ['192.0.2.2', 5060, 'udp'],
      ['carrier.example.net', null, 'tls'],
    ]),
  );
  await targets(first.sid).update({ enabled: false });
  assert.deepEqual(hosts(), [['192.0.2.2', 5060, 'udp']]);
  const domain = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com', byocTrunkSid: sid });
  assert.equal(rules.trunk(domain.sid).termination?.application?.id, sid);
});

test('a number without a trunk is answered for by its VoiceUrl, and its calls by the rules of the account', async (t) => {
  const rules = await openRules(t);
  const { client } = rules;
  const phoneNumber = '+12065550111';
  const assignment = () => rules.rulebook.numbers(phoneNumber)[0]?.assignment;
  const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber });
  assert.equal(assignment(), null);
  await client.incomingPhoneNumbers(sid).update({ voiceUrl: 'https://app.example.net/voice' });
  const account = `twilio:${ACCOUNT.sid}`;
  assert.deepEqual(assignment(), { kind: 'application', id: account, application: sid });
  assert.deepEqual(rules.trunk(ACCOUNT.sid).termination?.countries?.allowed, ['US', 'CA']);
  const trunk = await client.trunking.v1.trunks.create({});
  await client.incomingPhoneNumbers(sid).update({ trunkSid: trunk.sid });
  assert.deepEqual(assignment(), { kind: 'trunk', id: `twilio:${trunk.sid}` });
});

test('a change recompiles the trunks that read the document, and no others', async (t) => {
  const rules = await openRules(t);
  const { client, compiler } = rules;
  const one = await client.trunking.v1.trunks.create({ domainName: 'one.pstn.twilio.com' });
  const two = await client.trunking.v1.trunks.create({ domainName: 'two.pstn.twilio.com' });
  const office = await listOf(rules, '198.51.100.7');
  const home = await listOf(rules);
  await client.trunking.v1.trunks(one.sid).ipAccessControlLists.create({ ipAccessControlListSid: office });
  const affected = (kind: Parameters<typeof keyOf>[0], id: string) =>
    compiler.affects({ key: keyOf(kind, id), before: null, after: {} }).map((key) => key.id);
  assert.deepEqual(affected('ip-address', `${office}/IPnew`), [`twilio:${one.sid}`]);
  assert.deepEqual(affected('ip-address', `${home}/IPnew`), []);
  assert.deepEqual(affected('origination-url', `${two.sid}/OUnew`), [`twilio:${two.sid}`]);
  assert.deepEqual(affected('credential-list', 'CLnew'), []);
  assert.deepEqual(
    new Set(affected('dialing-permissions-country', 'GB')),
    new Set([`twilio:${one.sid}`, `twilio:${two.sid}`]),
  );
  await client.trunking.v1.trunks(one.sid).ipAccessControlLists(office).remove();
  assert.deepEqual(affected('ip-address', `${office}/IPnew`), [], 'what is read no more, matters no more');
});
