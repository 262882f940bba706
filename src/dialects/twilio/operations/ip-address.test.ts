import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, refused, startTwilio } from '../../../../test/support/twilio.ts';

test('an access list and its addresses live as the vendor says', async (t) => {
  const { client } = await startTwilio(t);
  const list = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
  assert.match(list.sid, /^AL[0-9a-f]{32}$/);
  const { ipAddresses } = client.sip.ipAccessControlLists(list.sid);
  const one = await ipAddresses.create({ friendlyName: 'gateway', ipAddress: '192.0.2.17' });
  assert.match(one.sid, /^IP[0-9a-f]{32}$/);
  assert.equal(one.cidrPrefixLength, 32);
  assert.equal(one.ipAccessControlListSid, list.sid);
  assert.equal(
    one.uri,
    `/2010-04-01/Accounts/${ACCOUNT.sid}/SIP/IpAccessControlLists/${list.sid}/IpAddresses/${one.sid}.json`,
  );
  const changed = await ipAddresses(one.sid).update({ ipAddress: '198.51.100.0', cidrPrefixLength: 24 });
  assert.deepEqual(
    [changed.ipAddress, changed.cidrPrefixLength, changed.friendlyName],
    ['198.51.100.0', 24, 'gateway'],
  );
  assert.equal((await ipAddresses(one.sid).fetch()).cidrPrefixLength, 24);
  const renamed = await client.sip.ipAccessControlLists(list.sid).update({ friendlyName: 'home' });
  assert.equal(renamed.friendlyName, 'home');
  assert.equal(await ipAddresses(one.sid).remove(), true);
  assert.deepEqual(await ipAddresses.list(), []);
  await ipAddresses.create({ friendlyName: 'gateway', ipAddress: '192.0.2.17' });
  assert.equal(await client.sip.ipAccessControlLists(list.sid).remove(), true);
  await assert.rejects(ipAddresses.list(), refused(20404, 404));
});

test('malformed addresses and blocks are refused, and nothing changes', async (t) => {
  const { client, ledger } = await startTwilio(t);
  const list = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
  const { ipAddresses } = client.sip.ipAccessControlLists(list.sid);
  const one = await ipAddresses.create({ friendlyName: 'gateway', ipAddress: '192.0.2.17' });
  const revision = await ledger.revision();
  for (const ipAddress of [
    '',
    '192.0.2',
    '192.0.2.256',
    '2001:db8::1',
    '192.0.2.0/24',
    'gateway.example',
    '0192.0.2.1',
  ]) {
    await assert.rejects(ipAddresses.create({ friendlyName: 'x', ipAddress }), refused(21238, 400));
    if (ipAddress !== '') await assert.rejects(ipAddresses(one.sid).update({ ipAddress }), refused(21238, 400));
  }
  for (const cidrPrefixLength of [0, 33, -1, 1.5])
    await assert.rejects(
      ipAddresses.create({ friendlyName: 'x', ipAddress: '192.0.2.1', cidrPrefixLength }),
      refused(21238, 400, /CidrPrefixLength/),
    );
  await assert.rejects(client.sip.ipAccessControlLists.create({ friendlyName: '' }), refused(21235, 400));
  assert.equal(await ledger.revision(), revision);
});

test('a list holds at most a hundred addresses', async (t) => {
  const { client, send } = await startTwilio(t);
  const { sid } = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
  const line = `POST /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/${sid}/IpAddresses.json`;
  const add = (host: number) => send(line, { FriendlyName: `${host}`, IpAddress: `192.0.2.${host}` });
  for (let host = 1; host <= 100; host += 1) assert.equal((await add(host)).status, 201);
  const { status, json } = await add(101);
  assert.deepEqual([status, json['code']], [400, 21237]);
});
