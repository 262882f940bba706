import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, refused, startTwilio } from '../../../../test/support/twilio.ts';

test('lists are mapped for calls and for registrations apart, and auth_type follows the calls', async (t) => {
  const { client } = await startTwilio(t);
  const { sid } = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com' });
  const list = await client.sip.credentialLists.create({ friendlyName: 'phones' });
  const acl = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
  const domain = client.sip.domains(sid);
  const { calls, registrations } = domain.auth;

  const made = await calls.credentialListMappings.create({ credentialListSid: list.sid });
  assert.equal(made.sid, list.sid);
  assert.equal(made.friendlyName, 'phones');
  assert.equal(made.accountSid, ACCOUNT.sid);
  assert.equal((await domain.fetch()).authType, 'CREDENTIAL_LIST');
  assert.equal((await registrations.credentialListMappings.list()).length, 0);
  await calls.ipAccessControlListMappings.create({ ipAccessControlListSid: acl.sid });
  assert.equal((await domain.fetch()).authType, 'IP_ACL,CREDENTIAL_LIST');
  await registrations.credentialListMappings.create({ credentialListSid: list.sid });

  assert.equal((await calls.credentialListMappings(list.sid).fetch()).friendlyName, 'phones');
  assert.deepEqual(
    (await calls.ipAccessControlListMappings.list()).map((mapping) => mapping.sid),
    [acl.sid],
  );
  assert.equal(await calls.credentialListMappings(list.sid).remove(), true);
  await assert.rejects(calls.credentialListMappings(list.sid).fetch(), refused(20404, 404));
  assert.equal((await registrations.credentialListMappings(list.sid).fetch()).sid, list.sid);
  assert.equal((await domain.fetch()).authType, 'IP_ACL');
});

test('the legacy mappings are the same ones, and say more', async (t) => {
  const { client } = await startTwilio(t);
  const { sid } = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com' });
  const list = await client.sip.credentialLists.create({ friendlyName: 'phones' });
  const acl = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
  const domain = client.sip.domains(sid);
  const legacy = await domain.credentialListMappings.create({ credentialListSid: list.sid });
  assert.equal(legacy.domainSid, sid);
  assert.equal(
    legacy.uri,
    `/2010-04-01/Accounts/${ACCOUNT.sid}/SIP/Domains/${sid}/CredentialListMappings/${list.sid}.json`,
  );
  assert.equal((await domain.auth.calls.credentialListMappings.list())[0]?.sid, list.sid);
  await domain.auth.calls.ipAccessControlListMappings.create({ ipAccessControlListSid: acl.sid });
  assert.equal((await domain.ipAccessControlListMappings.list())[0]?.domainSid, sid);
  await domain.ipAccessControlListMappings(acl.sid).remove();
  assert.deepEqual(await domain.auth.calls.ipAccessControlListMappings.list(), []);
});

test('refused and nothing changed: mapped twice, unknown lists, a list in use', async (t) => {
  const { client, ledger } = await startTwilio(t);
  const { sid } = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com' });
  const list = await client.sip.credentialLists.create({ friendlyName: 'phones' });
  const acl = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
  const { calls, registrations } = client.sip.domains(sid).auth;
  await calls.credentialListMappings.create({ credentialListSid: list.sid });
  await calls.ipAccessControlListMappings.create({ ipAccessControlListSid: acl.sid });
  const revision = await ledger.revision();

  const twice = calls.credentialListMappings.create({ credentialListSid: list.sid });
  await assert.rejects(twice, refused(21231, 400));
  const unknown = `CL${'0'.repeat(32)}`;
  await assert.rejects(calls.credentialListMappings.create({ credentialListSid: unknown }), refused(20404, 404));
  await assert.rejects(calls.credentialListMappings.create({ credentialListSid: acl.sid }), refused(21231, 400));
  await assert.rejects(client.sip.credentialLists(list.sid).remove(), refused(21241, 400));
  await assert.rejects(client.sip.ipAccessControlLists(acl.sid).remove(), refused(21236, 400));
  assert.equal(await ledger.revision(), revision);

  await registrations.credentialListMappings.create({ credentialListSid: list.sid });
  await calls.credentialListMappings(list.sid).remove();
  await assert.rejects(client.sip.credentialLists(list.sid).remove(), refused(21241, 400));
  await client.sip.domains(sid).remove();
  await assert.rejects(calls.ipAccessControlListMappings.list(), refused(20404, 404));
  assert.equal(await client.sip.credentialLists(list.sid).remove(), true, 'the domain took its mappings along');
  assert.equal(await client.sip.ipAccessControlLists(acl.sid).remove(), true);
});
