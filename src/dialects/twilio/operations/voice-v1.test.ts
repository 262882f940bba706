import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCOUNT, refused, startTwilio } from '../../../../test/support/twilio.ts';

describe('IP records and source mappings', () => {
  test('live as the vendor says: a record is tied to one domain, and stays while it is', async (t) => {
    const { client, url } = await startTwilio(t);
    const { ipRecords, sourceIpMappings } = client.voice.v1;
    const record = await ipRecords.create({ ipAddress: '192.0.2.7', friendlyName: 'carrier', cidrPrefixLength: 30 });
    assert.match(record.sid, /^IL[0-9a-f]{32}$/);
    assert.deepEqual([record.cidrPrefixLength, record.url], [30, `${url}/v1/IpRecords/${record.sid}`]);
    assert.equal((await ipRecords(record.sid).update({ friendlyName: 'other' })).ipAddress, '192.0.2.7');
    assert.equal((await ipRecords(record.sid).fetch()).friendlyName, 'other');
    for (const ipAddress of ['192.0.2', '192.0.2.300', '2001:db8::1', 'host.example'])
      await assert.rejects(ipRecords.create({ ipAddress }), refused(21238, 400), ipAddress);
    await assert.rejects(ipRecords.create({ ipAddress: '192.0.2.7', cidrPrefixLength: 33 }), refused(21238, 400));

    const domain = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com' });
    const other = await client.sip.domains.create({ domainName: 'other.sip.twilio.com' });
    const mapping = await sourceIpMappings.create({ ipRecordSid: record.sid, sipDomainSid: domain.sid });
    assert.match(mapping.sid, /^IB[0-9a-f]{32}$/);
    const again = { ipRecordSid: record.sid, sipDomainSid: other.sid };
    await assert.rejects(sourceIpMappings.create(again), refused(21231, 400));
    const nobody = { ipRecordSid: `IL${'0'.repeat(32)}`, sipDomainSid: domain.sid };
    await assert.rejects(sourceIpMappings.create(nobody), refused(20404, 404));
    await assert.rejects(ipRecords(record.sid).remove(), refused(21236, 400));
    assert.equal((await sourceIpMappings(mapping.sid).update({ sipDomainSid: other.sid })).sipDomainSid, other.sid);
    assert.equal((await sourceIpMappings(mapping.sid).fetch()).ipRecordSid, record.sid);
    assert.equal((await sourceIpMappings.list()).length, 1);
    await client.sip.domains(other.sid).remove();
    assert.deepEqual(await sourceIpMappings.list(), [], 'the mapping went with the domain');
    assert.equal(await ipRecords(record.sid).remove(), true);
    assert.deepEqual(await ipRecords.list(), []);
  });
});

describe('BYOC trunks and connection policies', () => {
  test('live as the vendor says, and hold on to what they refer to', async (t) => {
    const { client, url } = await startTwilio(t);
    const { byocTrunks, connectionPolicies } = client.voice.v1;
    const policy = await connectionPolicies.create({ friendlyName: 'carriers' });
    assert.match(policy.sid, /^NY[0-9a-f]{32}$/);
    assert.deepEqual(policy.links, { targets: `${url}/v1/ConnectionPolicies/${policy.sid}/Targets` });
    assert.equal((await connectionPolicies(policy.sid).update({ friendlyName: 'both' })).friendlyName, 'both');
    assert.equal((await connectionPolicies(policy.sid).fetch()).friendlyName, 'both');
    const { targets } = connectionPolicies(policy.sid);
    const target = await targets.create({ target: 'sip:carrier.example.net' });
    assert.match(target.sid, /^NE[0-9a-f]{32}$/);
    assert.deepEqual([target.priority, target.weight, target.enabled], [10, 10, true], 'the documented defaults');
    await assert.rejects(targets.create({ target: 'sips:carrier.example.net' }), refused(20001, 400));
    await assert.rejects(targets.create({ target: 'sip:carrier.example.net', weight: 0 }), refused(20001, 400));
    const changed = await targets(target.sid).update({ priority: 0, target: 'sip:192.0.2.2' });
    assert.deepEqual([changed.priority, changed.target], [0, 'sip:192.0.2.2']);
    assert.equal((await targets(target.sid).fetch()).weight, 10);
    assert.equal((await targets.list()).length, 1);

    const trunk = await byocTrunks.create({ connectionPolicySid: policy.sid, voiceUrl: 'https://app.example/voice' });
    assert.match(trunk.sid, /^BY[0-9a-f]{32}$/);
    assert.deepEqual(
      [trunk.accountSid, trunk.voiceMethod, trunk.cnamLookupEnabled, trunk.fromDomainSid, trunk.url],
      [ACCOUNT.sid, 'POST', false, null, `${url}/v1/ByocTrunks/${trunk.sid}`],
    );
    await assert.rejects(byocTrunks.create({ connectionPolicySid: `NY${'0'.repeat(32)}` }), refused(20001, 400));
    await assert.rejects(byocTrunks.create({ fromDomainSid: `SD${'0'.repeat(32)}` }), refused(20001, 400));
    await assert.rejects(connectionPolicies(policy.sid).remove(), refused(20001, 400));
    const domain = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com', byocTrunkSid: trunk.sid });
    await assert.rejects(byocTrunks(trunk.sid).remove(), refused(21300, 400));
    assert.equal((await byocTrunks(trunk.sid).update({ fromDomainSid: domain.sid })).fromDomainSid, domain.sid);
    await client.sip.domains(domain.sid).remove();
    assert.equal((await byocTrunks(trunk.sid).fetch()).fromDomainSid, null);
    assert.equal((await byocTrunks.list()).length, 1);
    assert.equal(await byocTrunks(trunk.sid).remove(), true);
    assert.equal(await connectionPolicies(policy.sid).remove(), true);
    await assert.rejects(targets(target.sid).fetch(), refused(20404, 404));
    assert.deepEqual(await connectionPolicies.list(), []);
  });
});

describe('dialing permissions', () => {
  test('are listed by country, open for the home country only, and walked over pages', async (t) => {
    const { client, url } = await startTwilio(t);
    const { countries } = client.voice.v1.dialingPermissions;
    const all = await countries.list({ pageSize: 100 });
    assert.equal(all.length, 244);
    assert.equal(new Set(all.map(({ isoCode }) => isoCode)).size, all.length);
    const open = all.filter(({ lowRiskNumbersEnabled }) => lowRiskNumbersEnabled);
    assert.deepEqual(
      open.map(({ isoCode, name, continent, countryCodes }) => ({ isoCode, name, continent, countryCodes })),
      [{ isoCode: 'US', name: 'United States/Canada', continent: 'NORTH_AMERICA', countryCodes: ['+1'] }],
    );
    const codes = async (filter: Parameters<typeof countries.list>[0]) =>
      (await countries.list(filter)).map(({ isoCode }) => isoCode);
    assert.deepEqual(await codes({ isoCode: 'GB' }), ['GB']);
    assert.deepEqual(await codes({ countryCode: '+371' }), ['LV']);
    assert.deepEqual(await codes({ lowRiskNumbersEnabled: true }), ['US']);
    assert.deepEqual(await codes({ highRiskTollfraudNumbersEnabled: true }), []);
    assert.equal((await codes({ continent: 'SOUTH_AMERICA' })).length, 14);
    const latvia = await countries('LV').fetch();
    assert.equal(latvia.url, `${url}/v1/DialingPermissions/Countries/LV`);
    const prefixes = await countries('LV').highriskSpecialPrefixes.list();
    assert.deepEqual(
      prefixes.map(({ prefix }) => prefix),
      ['+37181', '+37190'],
    );
    assert.ok(
      (await countries('US').highriskSpecialPrefixes.list({ pageSize: 50 })).some(({ prefix }) => prefix === '+19002'),
    );
    await assert.rejects(countries('XX').fetch(), refused(20404, 404));
    await assert.rejects(countries('XX').highriskSpecialPrefixes.list(), refused(20404, 404));
  });

  test('change in bulk, all or nothing', async (t) => {
    const { client } = await startTwilio(t);
    const { countries, bulkCountryUpdates } = client.voice.v1.dialingPermissions;
    const update = (updates: unknown) => bulkCountryUpdates.create({ updateRequest: JSON.stringify(updates) });
    const made = await update([
      { iso_code: 'GB', low_risk_numbers_enabled: 'true' },
      { iso_code: 'FR', high_risk_special_numbers_enabled: true },
      { iso_code: 'GB', high_risk_tollfraud_numbers_enabled: true },
    ]);
    assert.equal(made.updateCount, 3);
    const flags = async (isoCode: string) => {
      const { lowRiskNumbersEnabled, highRiskSpecialNumbersEnabled, highRiskTollfraudNumbersEnabled } =
        await countries(isoCode).fetch();
      return [lowRiskNumbersEnabled, highRiskSpecialNumbersEnabled, highRiskTollfraudNumbersEnabled];
    };
    assert.deepEqual(await flags('GB'), [true, false, true]);
    assert.deepEqual(await flags('FR'), [false, true, false]);
    for (const bad of [
      'no array',
      {},
      [{ low_risk_numbers_enabled: true }],
      [{ iso_code: 'DE', low_risk_numbers_enabled: 'perhaps' }],
      [{ iso_code: 'DE', low_risk_numbers_enabled: true }, { iso_code: 'XX' }],
    ])
      await assert.rejects(update(bad), refused(20001, 400), JSON.stringify(bad));
    await assert.rejects(bulkCountryUpdates.create({ updateRequest: '[' }), refused(20001, 400));
    assert.deepEqual(await flags('DE'), [false, false, false]);
  });

  test('are inherited or not, which is kept', async (t) => {
    const { client, send } = await startTwilio(t);
    const settings = client.voice.v1.dialingPermissions.settings();
    assert.equal((await settings.fetch()).dialingPermissionsInheritance, true);
    assert.equal(
      (await settings.update({ dialingPermissionsInheritance: false })).dialingPermissionsInheritance,
      false,
    );
    assert.equal((await settings.fetch()).dialingPermissionsInheritance, false);
    const { status } = await send('POST /v1/Settings', { DialingPermissionsInheritance: 'True' });
    assert.equal(status, 202);
  });
});

describe('routes', () => {
  test('are kept for the names that the account has', async (t) => {
    const { client, url } = await startTwilio(t);
    const { routes } = client;
    await client.sip.domains.create({ domainName: 'acme.sip.twilio.com' });
    await client.trunking.v1.trunks.create({ domainName: 'acme.pstn.twilio.com' });
    await client.incomingPhoneNumbers.create({ phoneNumber: '+12065550199' });
    const before = await routes.v2.sipDomains('acme.sip.twilio.com').fetch();
    assert.deepEqual([before.voiceRegion, before.sipDomain], ['us1', 'acme.sip.twilio.com']);
    const changed = await routes.v2
      .sipDomains('acme.sip.twilio.com')
      .update({ voiceRegion: 'ie1', friendlyName: 'near' });
    assert.deepEqual([changed.sid, changed.voiceRegion, changed.friendlyName], [before.sid, 'ie1', 'near']);
    assert.match(changed.sid, /^QQ[0-9a-f]{32}$/);
    assert.equal(changed.url, `${url}/v2/SipDomains/acme.sip.twilio.com`);
    assert.equal((await routes.v2.sipDomains('acme.sip.twilio.com').fetch()).voiceRegion, 'ie1');
    assert.equal((await routes.v2.trunks('acme.pstn.twilio.com').update({ voiceRegion: 'au1' })).voiceRegion, 'au1');
    assert.equal(
      (await routes.v2.phoneNumbers('+12065550199').update({ voiceRegion: 'au1' })).phoneNumber,
      '+12065550199',
    );
    assert.equal((await routes.v2.trunks('acme.pstn.twilio.com').fetch()).sipTrunkDomain, 'acme.pstn.twilio.com');
    assert.equal((await routes.v2.phoneNumbers('+12065550199').fetch()).voiceRegion, 'au1');
    await assert.rejects(routes.v2.trunks('other.pstn.twilio.com').fetch(), refused(20404, 404));
    await assert.rejects(
      routes.v2.sipDomains('acme.sip.twilio.com').update({ voiceRegion: 'the moon' }),
      refused(21252, 400),
    );
  });
});
