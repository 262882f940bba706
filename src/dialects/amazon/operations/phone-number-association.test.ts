import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createConnector,
  orderNumbers,
  refused,
  startAmazon,
  type AmazonServer,
} from '../../../../test/support/amazon.ts';

const A = '+12065550100';
const B = '+12065550101';

async function associations({ client }: AmazonServer, PhoneNumberId: string) {
  const { PhoneNumber } = await client.getPhoneNumber({ PhoneNumberId });
  return { status: PhoneNumber?.Status, held: PhoneNumber?.Associations?.map(({ Value }) => Value) };
}

test('a number goes to one connector or group at a time', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const [first, second] = [await createConnector(server), await createConnector(server)];
  await orderNumbers(server, A, B);
  const to = (VoiceConnectorId: string, ForceAssociate?: boolean) =>
    client.associatePhoneNumbersWithVoiceConnector({ VoiceConnectorId, E164PhoneNumbers: [A, B], ForceAssociate });

  assert.deepEqual((await to(first)).PhoneNumberErrors, []);
  assert.deepEqual(await associations(server, A), { status: 'Assigned', held: [first] });
  assert.deepEqual((await to(first)).PhoneNumberErrors, [], 'again is no fault');

  const refusals = (await to(second)).PhoneNumberErrors;
  assert.deepEqual(
    refusals?.map(({ PhoneNumberId, ErrorCode }) => [PhoneNumberId, ErrorCode]),
    [
      ['%2B12065550100', 'PhoneNumberAssociationsExist'],
      ['%2B12065550101', 'PhoneNumberAssociationsExist'],
    ],
  );
  assert.deepEqual((await to(second, true)).PhoneNumberErrors, []);
  assert.deepEqual(await associations(server, A), { status: 'Assigned', held: [second] });

  const group =
    (await client.createVoiceConnectorGroup({ Name: 'g' })).VoiceConnectorGroup?.VoiceConnectorGroupId ?? '';
  const forced = { VoiceConnectorGroupId: group, E164PhoneNumbers: [A], ForceAssociate: true };
  assert.deepEqual((await client.associatePhoneNumbersWithVoiceConnectorGroup(forced)).PhoneNumberErrors, []);
  assert.deepEqual((await client.getPhoneNumber({ PhoneNumberId: A })).PhoneNumber?.Associations, [
    { Value: group, Name: 'VoiceConnectorGroupId', AssociatedTimestamp: new Date('2026-11-21T12:00:00.000Z') },
  ]);

  const fromSecond = { VoiceConnectorId: second, E164PhoneNumbers: [A, B] };
  const left = await client.disassociatePhoneNumbersFromVoiceConnector(fromSecond);
  assert.deepEqual(
    left.PhoneNumberErrors?.map(({ ErrorCode }) => ErrorCode),
    ['NotFound'],
  );
  assert.deepEqual(await associations(server, B), { status: 'Unassigned', held: [] });
  const fromGroup = { VoiceConnectorGroupId: group, E164PhoneNumbers: [A] };
  assert.deepEqual((await client.disassociatePhoneNumbersFromVoiceConnectorGroup(fromGroup)).PhoneNumberErrors, []);
  assert.deepEqual(await associations(server, A), { status: 'Unassigned', held: [] });
});

test('numbers that cannot be associated are named one by one', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  await orderNumbers(server, A, B);
  await client.createPhoneNumberOrder({
    ProductType: 'SipMediaApplicationDialIn',
    E164PhoneNumbers: ['+442079460123'],
  });
  await client.deletePhoneNumber({ PhoneNumberId: B });
  const answer = await client.associatePhoneNumbersWithVoiceConnector({
    VoiceConnectorId,
    E164PhoneNumbers: [A, B, '+442079460123', '+12065550199'],
  });
  assert.deepEqual(
    answer.PhoneNumberErrors?.map(({ PhoneNumberId, ErrorCode }) => [PhoneNumberId, ErrorCode]),
    [
      ['%2B12065550101', 'BadRequest'],
      ['%2B442079460123', 'BadRequest'],
      ['%2B12065550199', 'NotFound'],
    ],
  );
  assert.deepEqual(await associations(server, A), { status: 'Assigned', held: [VoiceConnectorId] });
  await assert.rejects(
    client.associatePhoneNumbersWithVoiceConnector({ VoiceConnectorId: 'unknown', E164PhoneNumbers: [A] }),
    refused('NotFoundException', 404, /unknown/),
  );
});

test('of two connectors that want a number at once one gets it', async (t) => {
  const server = await startAmazon(t);
  await orderNumbers(server, A);
  const ids = await Promise.all(Array.from({ length: 4 }, () => createConnector(server)));
  const answers = await Promise.all(
    ids.map((VoiceConnectorId) =>
      server.client.associatePhoneNumbersWithVoiceConnector({ VoiceConnectorId, E164PhoneNumbers: [A] }),
    ),
  );
  const winners = ids.filter((_, index) => answers[index]?.PhoneNumberErrors?.length === 0);
  assert.deepEqual(await associations(server, A), { status: 'Assigned', held: winners });
  assert.equal(winners.length, 1);
});
