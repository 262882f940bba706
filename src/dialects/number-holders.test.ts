import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { orderNumbers, startAmazon } from '../../test/support/amazon.ts';
import { refused, startTwilio } from '../../test/support/twilio.ts';
import { makeOffice, NUMBERS, startWebex } from '../../test/support/webex.ts';

const SEATTLE = '+12065550100';
const EIGHT_DAYS = 8 * 86_400_000;

/** The control APIs of all who have numbers, over one ledger. */
async function startAll(t: TestContext) {
  const amazon = await startAmazon(t);
  const { ledger, clock } = amazon;
  return { amazon, twilio: await startTwilio(t, { ledger, clock }), webex: await startWebex(t, { ledger, clock }) };
}

type Servers = Awaited<ReturnType<typeof startAll>>;

/** The first number that each search offers in Seattle. */
async function offered({ amazon, twilio }: Servers): Promise<(string | undefined)[]> {
  const [one] = await twilio.client.availablePhoneNumbers('US').local.list({ areaCode: 206, limit: 1 });
  const found = await amazon.client.searchAvailablePhoneNumbers({ AreaCode: '206', MaxResults: 1 });
  return [one?.phoneNumber, found.E164PhoneNumbers?.[0]];
}

/** What becomes of Amazon's order of a number, and why Webex has it or not. */
async function wanted({ amazon, webex }: Servers, number: string, locationId: string): Promise<unknown[]> {
  const validated = await webex.send('POST telephony/config/actions/validateNumbers/invoke', {
    phoneNumbers: [number],
  });
  const added = await webex.send(`POST telephony/config/locations/${locationId}/numbers`, { phoneNumbers: [number] });
  const { PhoneNumberOrder: made } = await amazon.client.createPhoneNumberOrder({
    ProductType: 'VoiceConnector',
    E164PhoneNumbers: [number],
  });
  const { PhoneNumberOrder: order } = await amazon.client.getPhoneNumberOrder({
    PhoneNumberOrderId: made?.PhoneNumberOrderId,
  });
  return [order?.Status, order?.OrderedPhoneNumbers?.[0]?.Status, validated.json['numbers'][0].state, added.status];
}

test('a number that Amazon’s account has can be had by no other until it left the deletion queue', async (t) => {
  const servers = await startAll(t);
  const { amazon, twilio, webex } = servers;
  const { incomingPhoneNumbers } = twilio.client;
  const { locationId } = await makeOffice(webex);
  await orderNumbers(amazon, SEATTLE);
  await assert.rejects(incomingPhoneNumbers.create({ phoneNumber: SEATTLE }), refused(21422, 400));
  assert.deepEqual(await wanted(servers, SEATTLE, locationId), ['Failed', 'Failed', 'Unavailable', 409]);
  assert.deepEqual(await offered(servers), ['+12065550101', '+12065550101']);
  assert.equal((await incomingPhoneNumbers.create({ areaCode: '206' })).phoneNumber, '+12065550101');

  await amazon.client.deletePhoneNumber({ PhoneNumberId: SEATTLE });
  await assert.rejects(incomingPhoneNumbers.create({ phoneNumber: SEATTLE }), refused(21422, 400));
  amazon.clock.advance(EIGHT_DAYS);
  assert.deepEqual(await offered(servers), [SEATTLE, SEATTLE]);
  assert.equal((await incomingPhoneNumbers.create({ phoneNumber: SEATTLE })).phoneNumber, SEATTLE);
});

test('a number of Twilio’s account or of a Webex location can be had by no other', async (t) => {
  const servers = await startAll(t);
  const { amazon, twilio, webex } = servers;
  const { incomingPhoneNumbers } = twilio.client;
  const { locationId } = await makeOffice(webex);
  const { sid } = await incomingPhoneNumbers.create({ phoneNumber: SEATTLE });
  assert.deepEqual(await wanted(servers, SEATTLE, locationId), ['Failed', 'Failed', 'Unavailable', 409]);
  await assert.rejects(amazon.client.getPhoneNumber({ PhoneNumberId: SEATTLE }), /NotFound|not found/i);
  const [milpitas = ''] = NUMBERS;
  await assert.rejects(incomingPhoneNumbers.create({ phoneNumber: milpitas }), refused(21422, 400));
  assert.deepEqual(await wanted(servers, milpitas, locationId), ['Failed', 'Failed', 'Duplicate', 409]);

  await incomingPhoneNumbers(sid).remove();
  await orderNumbers(amazon, SEATTLE);
  assert.equal((await amazon.client.getPhoneNumber({ PhoneNumberId: SEATTLE })).PhoneNumber?.Status, 'Unassigned');
});
