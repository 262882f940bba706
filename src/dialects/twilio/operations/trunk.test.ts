import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCOUNT, refused, startTwilio } from '../../../../test/support/twilio.ts';

describe('an elastic trunk', () => {
  test('lives as the vendor says, with URLs on the host that the client used', async (t) => {
    const { client, url } = await startTwilio(t);
    const { trunks } = client.trunking.v1;
    const made = await trunks.create({ friendlyName: 'office', domainName: 'Acme.pstn.twilio.com' });
    assert.match(made.sid, /^TK[0-9a-f]{32}$/);
    assert.equal(made.accountSid, ACCOUNT.sid);
    assert.equal(made.domainName, 'acme.pstn.twilio.com');
    assert.equal(made.url, `${url}/v1/Trunks/${made.sid}`);
    assert.equal(made.links['phone_numbers'], `${made.url}/PhoneNumbers`);
    const { transferMode, transferCallerId, secure, cnamLookupEnabled, disasterRecoveryMethod, recording } = made;
    assert.deepEqual(
      { transferMode, transferCallerId, secure, cnamLookupEnabled, disasterRecoveryMethod, recording },
      {
        transferMode: 'disable-all',
        transferCallerId: 'from-transferee',
        secure: false,
        cnamLookupEnabled: false,
        disasterRecoveryMethod: 'POST',
        recording: { mode: 'do-not-record', trim: 'do-not-trim' },
      },
    );
    const changes = { secure: true, transferMode: 'sip-only', disasterRecoveryUrl: 'https://a.example/x' } as const;
    const changed = await trunks(made.sid).update(changes);
    assert.equal(changed.friendlyName, 'office');
    assert.equal(changed.disasterRecoveryUrl, 'https://a.example/x');
    assert.equal((await trunks(made.sid).fetch()).transferMode, 'sip-only');
    await trunks(made.sid).recordings().update({ mode: 'record-from-answer' });
    const kept = await trunks(made.sid).recordings().fetch();
    assert.deepEqual([kept.mode, kept.trim], ['record-from-answer', 'do-not-trim']);
    assert.deepEqual(
      (await trunks.list()).map(({ sid }) => sid),
      [made.sid],
    );
    assert.equal(await trunks(made.sid).remove(), true);
    await assert.rejects(trunks(made.sid).fetch(), refused(20404, 404, /resource \/Trunks\/TK\w+ was not found/));
  });

  test('has a name of its own, below no name that is not there', async (t) => {
    const { client } = await startTwilio(t);
    const { trunks } = client.trunking.v1;
    const made = await trunks.create({ domainName: 'acme.pstn.twilio.com' });
    await assert.rejects(trunks.create({ domainName: 'ACME.pstn.twilio.com' }), refused(21248, 400));
    for (const domainName of ['acme.sip.twilio.com', 'acme_1.pstn.twilio.com', 'pstn.twilio.com', 'acme'])
      await assert.rejects(trunks.create({ domainName }), refused(21245, 400), domainName);
    await assert.rejects(trunks.create({ domainName: 'east.other.pstn.twilio.com' }), refused(21247, 400));
    const below = await trunks.create({ domainName: 'east.acme.pstn.twilio.com' });
    await assert.rejects(trunks(made.sid).remove(), refused(21247, 400));
    await assert.rejects(trunks(made.sid).update({ domainName: 'new.pstn.twilio.com' }), refused(21247, 400));
    await trunks(below.sid).remove();
    assert.equal(
      (await trunks(made.sid).update({ domainName: 'new.pstn.twilio.com' })).domainName,
      'new.pstn.twilio.com',
    );
    assert.equal((await trunks.list()).length, 1);
  });

  test('is asked for what it is told, and refuses what is out of bounds', async (t) => {
    const { send } = await startTwilio(t);
    const forms: Record<string, string>[] = [
      { FriendlyName: 'x'.repeat(65) },
      { Secure: 'perhaps' },
      { TransferMode: 'some' },
      { DisasterRecoveryUrl: 'ftp://a.example' },
    ];
    for (const form of forms) {
      const { status, json } = await send('POST /v1/Trunks', form);
      assert.deepEqual([status, json['code']], [400, 21245], JSON.stringify(form));
    }
  });
});

describe('the origination URLs of a trunk', () => {
  test('live as the vendor says, ten at most', async (t) => {
    const { client, url } = await startTwilio(t);
    const { sid } = await client.trunking.v1.trunks.create({});
    const { originationUrls } = client.trunking.v1.trunks(sid);
    const form = { weight: 1, priority: 0, enabled: true, friendlyName: 'pbx', sipUrl: 'sip://sip-box.com:1234' };
    const made = await originationUrls.create(form);
    assert.match(made.sid, /^OU[0-9a-f]{32}$/);
    assert.equal(made.url, `${url}/v1/Trunks/${sid}/OriginationUrls/${made.sid}`);
    const { weight, priority, enabled, friendlyName, sipUrl } = await originationUrls(made.sid).fetch();
    assert.deepEqual({ weight, priority, enabled, friendlyName, sipUrl }, form);
    const changed = await originationUrls(made.sid).update({ enabled: false, weight: 65_535 });
    assert.deepEqual([changed.enabled, changed.weight, changed.priority], [false, 65_535, 0]);
    for (const bad of [
      { weight: 0 },
      { weight: 65_536 },
      { priority: -1 },
      { sipUrl: 'sips:sip-box.com' },
      { sipUrl: 'sip:' },
    ])
      await assert.rejects(originationUrls.create({ ...form, ...bad }), refused(21245, 400), JSON.stringify(bad));
    await assert.rejects(originationUrls(made.sid).update({ sipUrl: 'tel:+1206' }), refused(21245, 400));
    for (let more = 1; more < 10; more += 1) await originationUrls.create(form);
    await assert.rejects(originationUrls.create(form), refused(21249, 400));
    assert.equal((await originationUrls.list()).length, 10);
    await originationUrls(made.sid).remove();
    await assert.rejects(originationUrls(made.sid).fetch(), refused(20404, 404));
  });
});

describe('the lists of a trunk', () => {
  test('are mapped once, shown by their own names, and cannot be deleted meanwhile', async (t) => {
    const { client, url } = await startTwilio(t);
    const { sid } = await client.trunking.v1.trunks.create({});
    const trunk = client.trunking.v1.trunks(sid);
    const list = await client.sip.credentialLists.create({ friendlyName: 'phones' });
    const access = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
    const mapped = await trunk.credentialsLists.create({ credentialListSid: list.sid });
    assert.deepEqual([mapped.sid, mapped.friendlyName, mapped.trunkSid], [list.sid, 'phones', sid]);
    assert.equal(mapped.url, `${url}/v1/Trunks/${sid}/CredentialLists/${list.sid}`);
    await trunk.ipAccessControlLists.create({ ipAccessControlListSid: access.sid });
    const { authType, authTypeSet } = await trunk.fetch();
    assert.deepEqual([authType, authTypeSet], ['IP_ACL,CREDENTIAL_LIST', ['IP_ACL', 'CREDENTIAL_LIST']]);
    await assert.rejects(trunk.credentialsLists.create({ credentialListSid: list.sid }), refused(21245, 400));
    await assert.rejects(
      trunk.credentialsLists.create({ credentialListSid: `CL${'0'.repeat(32)}` }),
      refused(20404, 404),
    );
    await assert.rejects(client.sip.credentialLists(list.sid).remove(), refused(21241, 400));
    await assert.rejects(client.sip.ipAccessControlLists(access.sid).remove(), refused(21236, 400));
    assert.equal((await trunk.ipAccessControlLists(access.sid).fetch()).friendlyName, 'office');
    assert.equal((await trunk.credentialsLists.list()).length, 1);
    await trunk.remove();
    assert.equal(await client.sip.credentialLists(list.sid).remove(), true, 'the mapping went with the trunk');
    assert.equal(await client.sip.ipAccessControlLists(access.sid).remove(), true);
  });
});

describe('the numbers of a trunk', () => {
  test('come and go, and stay the account’s', async (t) => {
    const { client, url } = await startTwilio(t);
    const { sid } = await client.trunking.v1.trunks.create({});
    const { phoneNumbers } = client.trunking.v1.trunks(sid);
    const number = await client.incomingPhoneNumbers.create({ phoneNumber: '+12065550199' });
    const mapped = await phoneNumbers.create({ phoneNumberSid: number.sid });
    assert.deepEqual([mapped.sid, mapped.phoneNumber, mapped.trunkSid], [number.sid, '+12065550199', sid]);
    assert.equal(
      mapped.links['phone_number'],
      `${url}/2010-04-01/Accounts/${ACCOUNT.sid}/IncomingPhoneNumbers/${number.sid}.json`,
    );
    assert.equal((await client.incomingPhoneNumbers(number.sid).fetch()).trunkSid, sid);
    assert.equal((await phoneNumbers(number.sid).fetch()).friendlyName, number.friendlyName);
    assert.equal((await phoneNumbers.list()).length, 1);
    await assert.rejects(phoneNumbers.create({ phoneNumberSid: `PN${'0'.repeat(32)}` }), refused(20404, 404));
    await phoneNumbers(number.sid).remove();
    await assert.rejects(phoneNumbers(number.sid).fetch(), refused(20404, 404));
    assert.equal((await client.incomingPhoneNumbers(number.sid).fetch()).trunkSid, null);
  });
});
