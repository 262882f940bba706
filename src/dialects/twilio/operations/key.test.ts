import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, clientOf, refused, startTwilio } from '../../../../test/support/twilio.ts';

test('an API key does what the account does, except with the account and its keys', async (t) => {
  const { url, client, ledger } = await startTwilio(t);
  const made = await client.newKeys.create({ friendlyName: 'deploy' });
  assert.match(made.sid, /^SK[0-9a-f]{32}$/);
  assert.match(made.secret, /^[a-zA-Z0-9]{32}$/);
  assert.ok(!JSON.stringify(await ledger.revisionsAfter(0, 10)).includes(made.secret));
  assert.doesNotMatch(JSON.stringify(await client.keys(made.sid).fetch()), new RegExp(made.secret));

  const byKey = clientOf(url, made.sid, made.secret);
  await byKey.sip.credentialLists.create({ friendlyName: 'phones' });
  assert.equal((await client.sip.credentialLists.list()).length, 1);
  const [last] = (await ledger.revisionsAfter(0, 10)).slice(-1);
  assert.equal(last?.actor, made.sid, 'the audit names the key');
  await assert.rejects(byKey.keys.list(), refused(20003, 401));
  await assert.rejects(byKey.api.accounts(ACCOUNT.sid).fetch(), refused(20003, 401));
  await assert.rejects(clientOf(url, made.sid, 'x').sip.domains.list(), refused(20003, 401));

  assert.equal((await client.keys(made.sid).update({ friendlyName: 'ci' })).friendlyName, 'ci');
  assert.deepEqual(
    (await client.keys.list()).map(({ friendlyName }) => friendlyName),
    ['ci'],
  );
  assert.equal(await client.keys(made.sid).remove(), true);
  await assert.rejects(byKey.sip.domains.list(), refused(20003, 401, /invalid username/));
});

test('the account can be fetched and named', async (t) => {
  const { client, send } = await startTwilio(t);
  const account = await client.api.accounts(ACCOUNT.sid).fetch();
  assert.deepEqual([account.sid, account.status, account.type], [ACCOUNT.sid, 'active', 'Full']);
  assert.equal((await client.api.accounts(ACCOUNT.sid).update({ friendlyName: 'Acme' })).friendlyName, 'Acme');
  assert.deepEqual(
    (await client.api.accounts.list()).map(({ friendlyName }) => friendlyName),
    ['Acme'],
  );
  await assert.rejects(client.api.accounts(ACCOUNT.sid).update({ status: 'closed' }), refused(20001, 400));
  const { json } = await send('GET /2010-04-01/Accounts/{AccountSid}.json');
  assert.ok(!JSON.stringify(json).includes(ACCOUNT.authToken));
});
