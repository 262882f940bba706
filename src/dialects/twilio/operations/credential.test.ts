import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused, startTwilio } from '../../../../test/support/twilio.ts';
import { hashPassword } from '../../../rulebook/credential.ts';
import { childId, read, sealLabel } from '../documents.ts';

const PASSWORD = 'IWasAtSignal2018x';

test('a password is kept as digest hashes for the one realm, sealed, and a new one replaces them at once', async (t) => {
  const { client, ledger, sealer } = await startTwilio(t);
  const { sid: list } = await client.sip.credentialLists.create({ friendlyName: 'phones' });
  const { credentials } = client.sip.credentialLists(list);
  const alice = await credentials.create({ username: 'alice', password: PASSWORD });
  const secrets = async (): Promise<unknown> => {
    const stored = await read(ledger, 'credential-secret', childId(list, 'alice'));
    return JSON.parse(sealer.open(stored?.sealed ?? '', sealLabel(list, 'alice')));
  };
  assert.deepEqual(await secrets(), hashPassword('alice', 'sip.twilio.com', PASSWORD));
  // The reference's test vector.
  assert.equal(hashPassword('alice', 'sip.twilio.com', PASSWORD).md5, '4e6d1416b11dca67b1e59d2f24b054b5');
  await credentials(alice.sid).update({ password: 'AnotherSecret99' });
  assert.deepEqual(await secrets(), hashPassword('alice', 'sip.twilio.com', 'AnotherSecret99'));
  const written = JSON.stringify(await ledger.revisionsAfter(0, 100));
  for (const secret of [PASSWORD, 'AnotherSecret99', '4e6d1416b11dca67b1e59d2f24b054b5'])
    assert.ok(!written.includes(secret));
  await credentials(alice.sid).remove();
  assert.equal(await read(ledger, 'credential-secret', childId(list, 'alice')), undefined);
});

test('weak passwords, bad names and taken names are refused without being repeated, and nothing changes', async (t) => {
  const { client, ledger } = await startTwilio(t);
  const { sid: list } = await client.sip.credentialLists.create({ friendlyName: 'phones' });
  const { credentials } = client.sip.credentialLists(list);
  const alice = await credentials.create({ username: 'alice', password: PASSWORD });
  const revision = await ledger.revision();
  for (const password of ['Short1', 'nouppercase12', 'NOLOWERCASE12', 'NoDigitsInHere', '', `A1${'b'.repeat(254)}`]) {
    const refusal = refused(21240, 400, password === '' ? /required/ : new RegExp(`^(?!.*${password})`));
    await assert.rejects(credentials.create({ username: 'bob', password }), refusal);
    // An empty password of an update is none.
    if (password !== '') await assert.rejects(credentials(alice.sid).update({ password }), refusal);
  }
  for (const username of ['', 'x'.repeat(33), 'a:b', 'a b', 'alice', 'tab\t'])
    await assert.rejects(credentials.create({ username, password: PASSWORD }), refused(21240, 400));
  assert.equal(await ledger.revision(), revision);
  await credentials.create({ username: 'Alice', password: PASSWORD });
});

test('lists: a name once in the account, at most a hundred', async (t) => {
  const { client, send } = await startTwilio(t);
  const lists = client.sip.credentialLists;
  const first = await lists.create({ friendlyName: 'phones' });
  await assert.rejects(lists.create({ friendlyName: 'phones' }), refused(21240, 400));
  await assert.rejects(lists.create({ friendlyName: 'x'.repeat(65) }), refused(21240, 400));
  assert.equal(
    (await lists(first.sid).update({ friendlyName: 'phones' })).sid,
    first.sid,
    'its own name is free to it',
  );
  const line = 'POST /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists.json';
  for (let index = 1; index < 100; index += 1)
    assert.equal((await send(line, { FriendlyName: `list ${index}` })).status, 201);
  await assert.rejects(lists.create({ friendlyName: 'one more' }), refused(21239, 400));
});

test('a deleted list takes its credentials along', async (t) => {
  const { client, ledger } = await startTwilio(t);
  const { sid } = await client.sip.credentialLists.create({ friendlyName: 'phones' });
  await client.sip.credentialLists(sid).credentials.create({ username: 'alice', password: PASSWORD });
  await client.sip.credentialLists(sid).remove();
  await assert.rejects(client.sip.credentialLists(sid).credentials.list(), refused(20404, 404));
  for (const kind of ['credential', 'credential-secret', 'credential-list'])
    assert.deepEqual(await ledger.list({ dialect: 'twilio', kind }), []);
});
