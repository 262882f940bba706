import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused, startTwilio } from '../../../../test/support/twilio.ts';
import { put } from '../documents.ts';

const SEATTLE = '+12065550100';

test('a number is searched for, bought, changed and given back', async (t) => {
  const { client } = await startTwilio(t);
  const found = await client.availablePhoneNumbers('US').local.list({ areaCode: 206, limit: 3 });
  assert.deepEqual(
    found.map(({ phoneNumber }) => phoneNumber),
    [SEATTLE, '+12065550101', '+12065550102'],
  );
  assert.deepEqual([found[0]?.region, found[0]?.friendlyName, found[0]?.isoCountry], ['WA', '(206) 555-0100', 'US']);
  const number = await client.incomingPhoneNumbers.create({ phoneNumber: SEATTLE, voiceUrl: 'https://app.example/v' });
  assert.match(number.sid, /^PN[0-9a-f]{32}$/);
  assert.deepEqual(
    [number.friendlyName, number.voiceMethod, number.trunkSid, number.status, number.origin, number.apiVersion],
    ['(206) 555-0100', 'POST', null, 'in-use', 'twilio', '2010-04-01'],
  );
  assert.deepEqual({ ...number.capabilities }, { voice: true, sms: false, mms: false, fax: false });
  const [next] = await client.availablePhoneNumbers('US').local.list({ areaCode: 206, limit: 1 });
  assert.equal(next?.phoneNumber, '+12065550101');
  const renamed = await client.incomingPhoneNumbers(number.sid).update({ friendlyName: 'desk', voiceUrl: '' });
  assert.deepEqual([renamed.friendlyName, renamed.voiceUrl, renamed.phoneNumber], ['desk', null, SEATTLE]);
  assert.equal(await client.incomingPhoneNumbers(number.sid).remove(), true);
  await assert.rejects(client.incomingPhoneNumbers(number.sid).fetch(), refused(20404, 404));
  const [again] = await client.availablePhoneNumbers('US').local.list({ areaCode: 206, limit: 1 });
  assert.equal(again?.phoneNumber, SEATTLE);
});

test('by area code, of other countries, taken, malformed', async (t) => {
  const { client, ledger } = await startTwilio(t);
  const numbers = client.incomingPhoneNumbers;
  assert.equal((await numbers.create({ areaCode: '206' })).phoneNumber, SEATTLE);
  assert.equal((await numbers.create({ phoneNumber: '+442079460000' })).friendlyName, '+442079460000');
  const revision = await ledger.revision();
  await assert.rejects(numbers.create({ phoneNumber: SEATTLE }), refused(21422, 400));
  await assert.rejects(numbers.create({ phoneNumber: '2065550100' }), refused(21421, 400));
  await assert.rejects(numbers.create({}), refused(21421, 400));
  await assert.rejects(numbers.create({ areaCode: '206', phoneNumber: '+12065550111' }), refused(21421, 400));
  await assert.rejects(numbers.create({ areaCode: '999' }), refused(21452, 400));
  await assert.rejects(numbers.create({ areaCode: '253', trunkSid: `TK${'0'.repeat(32)}` }), refused(21245, 400));
  assert.equal(await ledger.revision(), revision);
});

test('filters of the inventory and of the search', async (t) => {
  const { client } = await startTwilio(t);
  for (const phoneNumber of [SEATTLE, '+12065550123', '+13125550123'])
    await client.incomingPhoneNumbers.create({ phoneNumber, friendlyName: phoneNumber.slice(2, 5) });
  const owned = async (filter: object): Promise<string[]> =>
    (await client.incomingPhoneNumbers.list(filter)).map(({ phoneNumber }) => phoneNumber).sort();
  assert.deepEqual(await owned({ phoneNumber: '0123' }), ['+12065550123', '+13125550123']);
  assert.deepEqual(await owned({ phoneNumber: '206***0100' }), [SEATTLE]);
  assert.deepEqual(await owned({ friendlyName: '312' }), ['+13125550123']);
  assert.deepEqual(await owned({ beta: true }), []);

  const us = client.availablePhoneNumbers('US');
  const search = async (filter: object): Promise<string[]> =>
    (await us.local.list({ limit: 2, ...filter })).map(({ phoneNumber }) => phoneNumber);
  assert.deepEqual(await search({ contains: 'JKL0177', inRegion: 'AK' }), ['+19075550177']);
  assert.deepEqual(await search({ smsEnabled: true }), []);
  assert.deepEqual(await search({ inRegion: 'HI', areaCode: 206 }), []);
  assert.match((await us.tollFree.list({ limit: 1 }))[0]?.phoneNumber ?? '', /^\+1800/);
  assert.deepEqual(await us.mobile.list({ limit: 1 }), []);
  await assert.rejects(client.availablePhoneNumbers('GB').local.list({ limit: 1 }), refused(20404, 404));
  assert.deepEqual(
    (await client.availablePhoneNumbers.list()).map(({ countryCode }) => countryCode),
    ['US'],
  );
  assert.equal((await us.fetch()).country, 'United States');
  assert.equal((await us.local.list({ areaCode: 206, pageSize: 30 })).length, 98, 'walked over pages');
});

test('a domain lets go of its emergency number when the number is given back', async (t) => {
  const { client } = await startTwilio(t);
  const { sid: emergencyCallerSid } = await client.incomingPhoneNumbers.create({ phoneNumber: SEATTLE });
  const domain = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com', emergencyCallerSid });
  assert.equal(domain.emergencyCallerSid, emergencyCallerSid);
  await client.incomingPhoneNumbers(emergencyCallerSid).remove();
  assert.equal((await client.sip.domains(domain.sid).fetch()).emergencyCallerSid, null);
});

test('a trunk and an application exclude each other', async (t) => {
  const { client, ledger } = await startTwilio(t);
  const trunkSid = `TK${'1'.repeat(32)}`;
  const author = { actor: 'tester', dialect: 'twilio', operation: 'CreateTrunk', requestId: '1' };
  const now = '2026-01-01T00:00:00Z';
  const trunk = { sid: trunkSid, domain_name: null, date_created: now, date_updated: now };
  await ledger.commit(author, [put('trunk', trunkSid, trunk as never)]);
  const voiceApplicationSid = `AP${'2'.repeat(32)}`;
  const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber: SEATTLE, voiceApplicationSid });
  const number = client.incomingPhoneNumbers(sid);
  const onTrunk = await number.update({ trunkSid });
  assert.deepEqual([onTrunk.trunkSid, onTrunk.voiceApplicationSid], [trunkSid, null]);
  const onApplication = await number.update({ voiceApplicationSid });
  assert.deepEqual([onApplication.trunkSid, onApplication.voiceApplicationSid], [null, voiceApplicationSid]);
  const neither = await number.update({ voiceApplicationSid: '' });
  assert.deepEqual([neither.trunkSid, neither.voiceApplicationSid], [null, null]);
});
