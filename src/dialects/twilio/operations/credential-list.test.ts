import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, refused, startTwilio } from '../../../../test/support/twilio.ts';

const PASSWORD = 'IWasAtSignal2018x';

test('a credential list and its credentials live as the vendor says, and the password never comes back', async (t) => {
  const { client } = await startTwilio(t);
  const list = await client.sip.credentialLists.create({ friendlyName: 'phones' });
  assert.match(list.sid, /^CL[0-9a-f]{32}$/);
  assert.equal(list.accountSid, ACCOUNT.sid);
  assert.equal(list.uri, `/2010-04-01/Accounts/${ACCOUNT.sid}/SIP/CredentialLists/${list.sid}.json`);
  assert.equal((await client.sip.credentialLists(list.sid).fetch()).friendlyName, 'phones');
  assert.equal((await client.sip.credentialLists(list.sid).update({ friendlyName: 'desks' })).friendlyName, 'desks');

  const credentials = client.sip.credentialLists(list.sid).credentials;
  const alice = await credentials.create({ username: 'alice', password: PASSWORD });
  assert.match(alice.sid, /^CR[0-9a-f]{32}$/);
  assert.equal(alice.username, 'alice');
  assert.equal(alice.credentialListSid, list.sid);
  assert.doesNotMatch(JSON.stringify(await credentials(alice.sid).fetch()), /password|Signal/i);
  assert.equal((await credentials(alice.sid).update({ password: `${PASSWORD}2` })).sid, alice.sid);
  assert.deepEqual(
    (await credentials.list()).map(({ username }) => username),
    ['alice'],
  );
  assert.equal(await credentials(alice.sid).remove(), true);
  await assert.rejects(credentials(alice.sid).fetch(), refused(20404, 404, /^The requested resource \/2010-04-01/));
  assert.equal(await client.sip.credentialLists(list.sid).remove(), true);
});
