import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnector, orderNumbers, refused, startAmazon } from '../../../../test/support/amazon.ts';

const A = '+12065550100';
const B = '+12065550101';
const DAY = 86_400_000;

test('an order brings numbers into the inventory', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const { PhoneNumberOrder: created } = await client.createPhoneNumberOrder({
    ProductType: 'VoiceConnector',
    E164PhoneNumbers: [A, '18005550100', A],
    Name: 'Front desk',
  });
  assert.equal(created?.Status, 'Processing');
  assert.equal(created?.OrderedPhoneNumbers?.[0]?.Status, 'Processing');
  const PhoneNumberOrderId = created?.PhoneNumberOrderId;
  const { PhoneNumberOrder: order } = await client.getPhoneNumberOrder({ PhoneNumberOrderId });
  assert.equal(order?.Status, 'Successful');
  assert.deepEqual(order?.OrderedPhoneNumbers, [
    { E164PhoneNumber: A, Status: 'Acquired' },
    { E164PhoneNumber: '+18005550100', Status: 'Acquired' },
  ]);

  const { PhoneNumber } = await client.getPhoneNumber({ PhoneNumberId: A });
  assert.deepEqual(PhoneNumber, {
    PhoneNumberId: '%2B12065550100',
    E164PhoneNumber: A,
    Country: 'US',
    Type: 'Local',
    ProductType: 'VoiceConnector',
    Status: 'Unassigned',
    Capabilities: {
      InboundCall: true,
      OutboundCall: true,
      InboundSMS: false,
      OutboundSMS: false,
      InboundMMS: false,
      OutboundMMS: false,
    },
    Associations: [],
    CallingNameStatus: 'Unassigned',
    CreatedTimestamp: new Date('2026-11-21T12:00:00.000Z'),
    UpdatedTimestamp: new Date('2026-11-21T12:00:00.000Z'),
    OrderId: PhoneNumberOrderId,
    Name: 'Front desk',
  });
  assert.equal((await client.getPhoneNumber({ PhoneNumberId: '+18005550100' })).PhoneNumber?.Type, 'TollFree');

  const again = await client.createPhoneNumberOrder({ ProductType: 'VoiceConnector', E164PhoneNumbers: [A, B] });
  const partial = await client.getPhoneNumberOrder({ PhoneNumberOrderId: again.PhoneNumberOrder?.PhoneNumberOrderId });
  assert.equal(partial.PhoneNumberOrder?.Status, 'Partial');
  assert.equal((await client.listPhoneNumberOrders({})).PhoneNumberOrders?.length, 2);
  await assert.rejects(client.getPhoneNumberOrder({ PhoneNumberOrderId: 'x' }), refused('NotFoundException', 404));
});

test('of two orders for one number one gets it', async (t) => {
  const server = await startAmazon(t);
  await Promise.all([orderNumbers(server, A), orderNumbers(server, A), orderNumbers(server, A)]);
  const { PhoneNumberOrders = [] } = await server.client.listPhoneNumberOrders({});
  const statuses = PhoneNumberOrders.map(({ Status }) => Status);
  assert.equal(statuses.filter((status) => status === 'Successful').length, 1);
  assert.equal(statuses.filter((status) => status === 'Failed').length, 2);
});

test('numbers outside the US are for another product', async (t) => {
  const { client } = await startAmazon(t);
  const order = (ProductType: 'VoiceConnector' | 'SipMediaApplicationDialIn') =>
    client.createPhoneNumberOrder({ ProductType, E164PhoneNumbers: ['+442079460123'] });
  await assert.rejects(order('VoiceConnector'), refused('BadRequestException', 400, /SipMediaApplicationDialIn/));
  await order('SipMediaApplicationDialIn');
  const { PhoneNumber } = await client.getPhoneNumber({ PhoneNumberId: '+442079460123' });
  assert.equal(PhoneNumber?.Country, 'GB');
  const supported = await client.listSupportedPhoneNumberCountries({ ProductType: 'VoiceConnector' });
  assert.deepEqual(supported.PhoneNumberCountries, [
    { CountryCode: 'US', SupportedPhoneNumberTypes: ['Local', 'TollFree'] },
  ]);
});

test('a search finds numbers that can be ordered', async (t) => {
  const server = await startAmazon(t);
  const search = async (filter: object) =>
    (await server.client.searchAvailablePhoneNumbers(filter)).E164PhoneNumbers ?? [];
  assert.deepEqual(await search({ AreaCode: '206', MaxResults: 2 }), ['+12065550100', '+12065550101']);
  assert.deepEqual(await search({ AreaCode: '206', MaxResults: 2 }), await search({ AreaCode: '206', MaxResults: 2 }));
  await orderNumbers(server, A);
  assert.deepEqual(await search({ AreaCode: '206', MaxResults: 1 }), [B]);
  assert.equal((await search({ AreaCode: '206', MaxResults: 500 })).length, 99);
  assert.equal((await search({ State: 'WA', City: 'Seattle', MaxResults: 500 })).length, 500);
  assert.deepEqual(await search({ State: 'CA', AreaCode: '206' }), []);
  assert.deepEqual(await search({ AreaCode: '999' }), []);
  assert.deepEqual(await search({ Country: 'DE' }), []);
  assert.deepEqual(await search({ TollFreePrefix: '855', MaxResults: 1 }), ['+18555550100']);
  assert.deepEqual(await search({ PhoneNumberType: 'TollFree', MaxResults: 1 }), ['+18005550100']);
  assert.deepEqual(await search({ PhoneNumberType: 'Local', TollFreePrefix: '855' }), []);
  assert.equal((await search({})).length, 100);
  await assert.rejects(search({ TollFreePrefix: '811' }), refused('BadRequestException', 400, /toll-free-prefix/));
  await assert.rejects(search({ MaxResults: 501 }), refused('BadRequestException', 400, /max-results/));

  const first = await server.client.searchAvailablePhoneNumbers({ AreaCode: '206', MaxResults: 98 });
  const second = await server.client.searchAvailablePhoneNumbers({ AreaCode: '206', NextToken: first.NextToken });
  assert.deepEqual(second.E164PhoneNumbers, ['+12065550199']);
  assert.equal(second.NextToken, undefined);
});

test('ids are accepted in every spelling that clients send', async (t) => {
  const server = await startAmazon(t);
  await orderNumbers(server, A);
  for (const PhoneNumberId of [A, '%2B12065550100', '12065550100'])
    assert.equal((await server.client.getPhoneNumber({ PhoneNumberId })).PhoneNumber?.E164PhoneNumber, A);
  for (const path of ['%2B12065550100', '%252B12065550100', '+12065550100'])
    assert.equal((await server.send(`GET /phone-numbers/${path}`)).status, 200, path);
  for (const PhoneNumberId of ['+12065550199', 'x', '%25252B12065550100', '%2B'])
    await assert.rejects(server.client.getPhoneNumber({ PhoneNumberId }), refused('NotFoundException', 404));
});

test('one attribute of a number is changed at a time', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  await orderNumbers(server, A, B);
  const named = await client.updatePhoneNumber({ PhoneNumberId: A, Name: 'Lobby' });
  assert.equal(named.PhoneNumber?.Name, 'Lobby');
  const called = await client.updatePhoneNumber({ PhoneNumberId: A, CallingName: 'Acme' });
  assert.equal(called.PhoneNumber?.CallingName, 'Acme');
  assert.equal(called.PhoneNumber?.CallingNameStatus, 'UpdateSucceeded');
  for (const wrong of [{}, { Name: 'a', CallingName: 'bb' }])
    await assert.rejects(client.updatePhoneNumber({ PhoneNumberId: A, ...wrong }), refused('BadRequestException', 400));
  await assert.rejects(
    client.updatePhoneNumber({ PhoneNumberId: A, CallingName: '?' }),
    refused('BadRequestException', 400),
  );

  const batch = await client.batchUpdatePhoneNumber({
    UpdatePhoneNumberRequestItems: [
      { PhoneNumberId: A, Name: 'First' },
      { PhoneNumberId: A, CallingName: 'Second' },
      { PhoneNumberId: '+12065550199', Name: 'Nobody' },
      { PhoneNumberId: B, Name: 'x', CallingName: 'yy' },
    ],
  });
  assert.deepEqual(
    batch.PhoneNumberErrors?.map(({ PhoneNumberId, ErrorCode }) => [PhoneNumberId, ErrorCode]),
    [
      ['%2B12065550199', 'NotFound'],
      ['%2B12065550101', 'BadRequest'],
    ],
  );
  const { PhoneNumber } = await client.getPhoneNumber({ PhoneNumberId: A });
  assert.deepEqual([PhoneNumber?.Name, PhoneNumber?.CallingName], ['First', 'Second']);
});

test('lists are filtered', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  await orderNumbers(server, A, B, '+12065550102');
  await client.associatePhoneNumbersWithVoiceConnector({ VoiceConnectorId, E164PhoneNumbers: [B] });
  const list = async (filter: object) =>
    (await client.listPhoneNumbers(filter)).PhoneNumbers?.map(({ E164PhoneNumber }) => E164PhoneNumber);
  assert.deepEqual(await list({}), [A, B, '+12065550102']);
  assert.deepEqual(await list({ Status: 'Assigned' }), [B]);
  assert.deepEqual(await list({ FilterName: 'VoiceConnectorId', FilterValue: VoiceConnectorId }), [B]);
  assert.deepEqual(await list({ FilterName: 'VoiceConnectorGroupId', FilterValue: VoiceConnectorId }), []);
  assert.deepEqual(await list({ FilterName: 'SipRuleId' }), []);
  assert.deepEqual(await list({ ProductType: 'SipMediaApplicationDialIn' }), []);
  const page = await client.listPhoneNumbers({ Status: 'Unassigned', MaxResults: 1 });
  assert.deepEqual(page.PhoneNumbers?.[0]?.E164PhoneNumber, A);
  const rest = await client.listPhoneNumbers({ Status: 'Unassigned', MaxResults: 1, NextToken: page.NextToken });
  assert.deepEqual(rest.PhoneNumbers?.[0]?.E164PhoneNumber, '+12065550102');
  assert.equal(rest.NextToken, undefined);
  assert.equal((await server.send('GET /phone-numbers?product-type=BusinessCalling')).status, 200);
  assert.equal((await server.send('GET /phone-numbers?filter-name=Colour')).status, 400);
});

test('a deleted number waits seven days in the deletion queue', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  await orderNumbers(server, A);
  assert.equal((await client.deletePhoneNumber({ PhoneNumberId: A })).$metadata.httpStatusCode, 204);
  const queued = (await client.getPhoneNumber({ PhoneNumberId: A })).PhoneNumber;
  assert.equal(queued?.Status, 'ReleaseInProgress');
  assert.deepEqual(queued?.DeletionTimestamp, new Date('2026-11-21T12:00:00.000Z'));
  const found = await client.searchAvailablePhoneNumbers({ AreaCode: '206', MaxResults: 1 });
  assert.deepEqual(found.E164PhoneNumbers, [B]);

  server.clock.advance(6 * DAY);
  await client.deletePhoneNumber({ PhoneNumberId: A });
  const restored = (await client.restorePhoneNumber({ PhoneNumberId: A })).PhoneNumber;
  assert.equal(restored?.Status, 'Unassigned');
  assert.equal(restored?.DeletionTimestamp, undefined);
  await assert.rejects(client.restorePhoneNumber({ PhoneNumberId: A }), refused('BadRequestException', 400));

  await client.deletePhoneNumber({ PhoneNumberId: A });
  await assert.rejects(client.updatePhoneNumber({ PhoneNumberId: A, Name: 'a' }), refused('BadRequestException', 400));
  server.clock.advance(7 * DAY);
  await assert.rejects(client.restorePhoneNumber({ PhoneNumberId: A }), refused('NotFoundException', 404));
  assert.deepEqual((await client.listPhoneNumbers({})).PhoneNumbers, []);
  await orderNumbers(server, A);
  assert.equal((await client.getPhoneNumber({ PhoneNumberId: A })).PhoneNumber?.Status, 'Unassigned');
});

test('a number in use is not deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  await orderNumbers(server, A, B);
  await client.associatePhoneNumbersWithVoiceConnector({ VoiceConnectorId, E164PhoneNumbers: [A] });
  await assert.rejects(client.deletePhoneNumber({ PhoneNumberId: A }), refused('BadRequestException', 400));
  const batch = await client.batchDeletePhoneNumber({ PhoneNumberIds: [A, B, 'x'] });
  assert.deepEqual(
    batch.PhoneNumberErrors?.map(({ ErrorCode }) => ErrorCode),
    ['PhoneNumberAssociationsExist', 'NotFound'],
  );
  assert.equal((await client.getPhoneNumber({ PhoneNumberId: B })).PhoneNumber?.Status, 'ReleaseInProgress');
  await assert.rejects(
    client.updatePhoneNumber({ PhoneNumberId: A, ProductType: 'SipMediaApplicationDialIn' }),
    refused('BadRequestException', 400),
  );
});
