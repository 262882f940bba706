import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, refused, startTwilio } from '../../../../test/support/twilio.ts';

const NAME = 'acme.sip.twilio.com';

test('a domain is made with the defaults of the vendor, and shows every member', async (t) => {
  const { client, send } = await startTwilio(t);
  const domain = await client.sip.domains.create({ domainName: 'Acme.sip.twilio.com' });
  const path = `/2010-04-01/Accounts/${ACCOUNT.sid}/SIP/Domains/${domain.sid}`;
  const { json } = await send(`GET ${path}.json`);
  const { date_created, date_updated, ...rest } = json;
  assert.match(String(date_created), /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/);
  assert.equal(date_updated, date_created);
  assert.deepEqual(rest, {
    account_sid: ACCOUNT.sid,
    api_version: '2010-04-01',
    auth_type: '',
    domain_name: NAME,
    friendly_name: null,
    sip_registration: false,
    sid: domain.sid,
    subresource_uris: {
      credential_list_mappings: `${path}/CredentialListMappings.json`,
      ip_access_control_list_mappings: `${path}/IpAccessControlListMappings.json`,
    },
    uri: `${path}.json`,
    voice_fallback_method: 'POST',
    voice_fallback_url: null,
    voice_method: 'POST',
    voice_status_callback_method: 'POST',
    voice_status_callback_url: null,
    voice_url: null,
    emergency_calling_enabled: false,
    secure: false,
    byoc_trunk_sid: null,
    emergency_caller_sid: null,
  });
});

test('an update changes what was sent, and an empty value clears', async (t) => {
  const { client, clock } = await startTwilio(t);
  const { sid } = await client.sip.domains.create({
    domainName: NAME,
    friendlyName: 'acme',
    voiceUrl: 'https://app.example/voice',
    voiceMethod: 'GET',
    secure: true,
    sipRegistration: true,
  });
  clock.advance(60_000);
  const domain = await client.sip.domains(sid).update({ voiceUrl: '', voiceMethod: '', secure: false });
  assert.equal(domain.voiceUrl, null);
  assert.equal(domain.voiceMethod, 'POST');
  assert.equal(domain.secure, false);
  assert.equal(domain.friendlyName, 'acme');
  assert.equal(domain.sipRegistration, true);
  assert.equal(domain.dateUpdated.getTime() - domain.dateCreated.getTime(), 60_000);
  assert.deepEqual(JSON.stringify(await client.sip.domains(sid).fetch()), JSON.stringify(domain));
});

test('names: taken, malformed, reserved, without a parent', async (t) => {
  const { client, ledger } = await startTwilio(t);
  const { domains } = client.sip;
  await domains.create({ domainName: NAME });
  const revision = await ledger.revision();
  const create = (domainName: string) => domains.create({ domainName });
  for (const name of [
    NAME,
    'ACME.sip.twilio.com',
    'acme.twilio.com',
    'a_b.sip.twilio.com',
    'sip.twilio.com',
    '-a.sip.twilio.com',
  ])
    await assert.rejects(create(name), refused(21231, 400, /Invalid Domain Name/), name);
  await assert.rejects(create(`ac${'f'.repeat(32)}.sip.twilio.com`), refused(21231, 400));
  await assert.rejects(create('a.other.sip.twilio.com'), refused(21232, 400));
  assert.equal(await ledger.revision(), revision, 'nothing was written');
  await create(`${ACCOUNT.sid}.sip.twilio.com`);
  const sub = await create(`eu.${NAME}`);
  const { sid } = (await domains.list()).find(({ domainName }) => domainName === NAME) ?? { sid: '' };
  await assert.rejects(domains(sid).remove(), refused(21233, 400));
  await assert.rejects(domains(sid).update({ domainName: 'b.sip.twilio.com' }), refused(21233, 400));
  await domains(sub.sid).remove();
  assert.equal((await domains(sid).update({ domainName: 'b.sip.twilio.com' })).domainName, 'b.sip.twilio.com');
});

test("the operator's own domain stands in for the vendor's, and one label is one domain", async (t) => {
  const { client } = await startTwilio(t, { domain: 'example.net' });
  await client.sip.domains.create({ domainName: 'acme.sip.example.net' });
  await assert.rejects(client.sip.domains.create({ domainName: NAME }), refused(21231, 400));
  await client.sip.domains.create({ domainName: 'beta.sip.twilio.com' });
});

test('members at fault are named, and there are at most a hundred domains', async (t) => {
  const { client, ledger, send } = await startTwilio(t);
  const line = 'POST /2010-04-01/Accounts/{AccountSid}/SIP/Domains.json';
  for (const [form, message] of [
    [{}, /DomainName is required/],
    [{ DomainName: NAME, VoiceUrl: 'nowhere' }, /VoiceUrl/],
    [{ DomainName: NAME, VoiceMethod: 'PUT' }, /VoiceMethod must be one of GET, POST/],
    [{ DomainName: NAME, Secure: 'perhaps' }, /Secure/],
    [{ DomainName: NAME, FriendlyName: 'x'.repeat(65) }, /FriendlyName/],
    [{ DomainName: NAME, EmergencyCallerSid: `PN${'0'.repeat(32)}` }, /EmergencyCallerSid/],
  ] as const) {
    const { status, json } = await send(line, form);
    assert.deepEqual([status, json['code'], json['status']], [400, 21231, 400]);
    assert.match(String(json['message']), message);
    assert.equal(json['more_info'], 'https://www.twilio.com/docs/errors/21231');
  }
  const { status, json } = await send(line, { DomainName: NAME, ByocTrunkSid: `BY${'0'.repeat(32)}` });
  assert.deepEqual([status, json['code']], [400, 21300]);
  assert.equal(await ledger.revision(), 0);
  for (let index = 0; index < 100; index += 1)
    assert.equal((await send(line, { DomainName: `d${index}.sip.twilio.com`, Secure: 'True' })).status, 201);
  await assert.rejects(client.sip.domains.create({ domainName: NAME }), refused(21230, 400));
});

test('of many who ask for a name at once, one gets it', async (t) => {
  const { client } = await startTwilio(t);
  const wishes = Array.from({ length: 20 }, () => client.sip.domains.create({ domainName: NAME }));
  const made = (await Promise.allSettled(wishes)).filter(({ status }) => status === 'fulfilled');
  assert.equal(made.length, 1);
  assert.equal((await client.sip.domains.list()).length, 1);
});
