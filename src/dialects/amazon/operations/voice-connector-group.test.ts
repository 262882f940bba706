import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnector, orderNumbers, refused, startAmazon } from '../../../../test/support/amazon.ts';

test('a group is created, read, listed, changed and deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const [first, second] = [await createConnector(server), await createConnector(server)];
  const created = await client.createVoiceConnectorGroup({
    Name: 'myGroup',
    VoiceConnectorItems: [{ VoiceConnectorId: first, Priority: 2 }],
  });
  assert.equal(created.$metadata.httpStatusCode, 201);
  const group = created.VoiceConnectorGroup;
  const VoiceConnectorGroupId = group?.VoiceConnectorGroupId ?? '';
  assert.match(VoiceConnectorGroupId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(group, {
    VoiceConnectorGroupId,
    Name: 'myGroup',
    VoiceConnectorItems: [{ VoiceConnectorId: first, Priority: 2 }],
    CreatedTimestamp: new Date('2026-11-21T12:00:00.000Z'),
    UpdatedTimestamp: new Date('2026-11-21T12:00:00.000Z'),
  });
  assert.deepEqual((await client.listVoiceConnectorGroups({})).VoiceConnectorGroups, [group]);

  server.clock.advance(1000);
  const items = [
    { VoiceConnectorId: second, Priority: 99 },
    { VoiceConnectorId: first } as { VoiceConnectorId: string; Priority: number },
  ];
  const updated = await client.updateVoiceConnectorGroup({
    VoiceConnectorGroupId,
    Name: 'other',
    VoiceConnectorItems: items,
    CallDistributionType: 'LoadBalancedDistribution',
  });
  assert.equal(updated.$metadata.httpStatusCode, 202);
  const expected = {
    ...group,
    Name: 'other',
    VoiceConnectorItems: [
      { VoiceConnectorId: second, Priority: 99 },
      { VoiceConnectorId: first, Priority: 1 },
    ],
    CallDistributionType: 'LoadBalancedDistribution',
    UpdatedTimestamp: new Date('2026-11-21T12:00:01.000Z'),
  };
  assert.deepEqual((await client.getVoiceConnectorGroup({ VoiceConnectorGroupId })).VoiceConnectorGroup, expected);

  await assert.rejects(client.deleteVoiceConnectorGroup({ VoiceConnectorGroupId }), refused('ConflictException', 409));
  await client.updateVoiceConnectorGroup({ VoiceConnectorGroupId, Name: 'other', VoiceConnectorItems: [] });
  await orderNumbers(server, '+12065550100');
  const number = { VoiceConnectorGroupId, E164PhoneNumbers: ['+12065550100'] };
  await client.associatePhoneNumbersWithVoiceConnectorGroup(number);
  await assert.rejects(
    client.deleteVoiceConnectorGroup({ VoiceConnectorGroupId }),
    refused('ConflictException', 409, /numbers/),
  );
  await client.disassociatePhoneNumbersFromVoiceConnectorGroup(number);
  assert.equal((await client.deleteVoiceConnectorGroup({ VoiceConnectorGroupId })).$metadata.httpStatusCode, 204);
  await assert.rejects(client.getVoiceConnectorGroup({ VoiceConnectorGroupId }), refused('NotFoundException', 404));
});

test('three connectors at most, each once, each known', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const ids = await Promise.all(Array.from({ length: 4 }, () => createConnector(server)));
  const items = ids.map((VoiceConnectorId) => ({ VoiceConnectorId, Priority: 1 }));
  const create = (VoiceConnectorItems: typeof items) =>
    client.createVoiceConnectorGroup({ Name: 'g', VoiceConnectorItems });
  await assert.rejects(create(items), refused('ResourceLimitExceededException', 400));
  const made = await create(items.slice(0, 3));
  const [one] = items;
  assert.ok(one);
  await assert.rejects(create([one, one]), refused('BadRequestException', 400, /twice/));
  await assert.rejects(create([{ ...one, VoiceConnectorId: 'unknown' }]), refused('NotFoundException', 404, /unknown/));
  await assert.rejects(
    create([{ ...one, Priority: 100 }]),
    refused('BadRequestException', 400, /Items\[0\]\.Priority/),
  );
  const { VoiceConnectorGroupId } = made.VoiceConnectorGroup ?? {};
  await assert.rejects(
    client.updateVoiceConnectorGroup({ VoiceConnectorGroupId, Name: 'g', VoiceConnectorItems: items }),
    refused('BadRequestException', 400, /VoiceConnectorItems/),
  );
});
