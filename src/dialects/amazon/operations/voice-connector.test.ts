import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotFoundException, ConflictException } from '@aws-sdk/client-chime-sdk-voice';
import { createConnector, orderNumbers, refused, startAmazon } from '../../../../test/support/amazon.ts';

test('a Voice Connector is created, read, listed, renamed and deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const { VoiceConnector: made } = await client.createVoiceConnector({
    Name: 'Head office, 2nd floor',
    RequireEncryption: true,
    AwsRegion: 'eu-west-1',
    IntegrationType: 'CONNECT_ANALYTICS_CONNECTOR',
    NetworkType: 'DUAL_STACK',
    // One value for each key, as when a resource is tagged.
    Tags: [
      { Key: 'site', Value: 'old' },
      { Key: 'site', Value: '' },
    ],
  });
  const id = made?.VoiceConnectorId ?? '';
  assert.match(id, /^[a-z0-9]{22}$/);
  assert.deepEqual(made, {
    VoiceConnectorId: id,
    AwsRegion: 'eu-west-1',
    Name: 'Head office, 2nd floor',
    OutboundHostName: `${id}.voiceconnector.chime.aws`,
    RequireEncryption: true,
    CreatedTimestamp: new Date('2026-11-21T12:00:00.000Z'),
    UpdatedTimestamp: new Date('2026-11-21T12:00:00.000Z'),
    VoiceConnectorArn: `arn:aws:chime:eu-west-1:111122223333:vc/${id}`,
    IntegrationType: 'CONNECT_ANALYTICS_CONNECTOR',
    NetworkType: 'DUAL_STACK',
  });
  assert.deepEqual((await client.listTagsForResource({ ResourceARN: made?.VoiceConnectorArn })).Tags, [
    { Key: 'site', Value: '' },
  ]);
  assert.deepEqual((await client.getVoiceConnector({ VoiceConnectorId: id })).VoiceConnector, made);

  server.clock.advance(1500);
  const renamed = await client.updateVoiceConnector({ VoiceConnectorId: id, Name: 'b', RequireEncryption: false });
  const expected = {
    ...made,
    Name: 'b',
    RequireEncryption: false,
    UpdatedTimestamp: new Date('2026-11-21T12:00:01.500Z'),
  };
  assert.deepEqual(renamed.VoiceConnector, expected);
  assert.deepEqual((await client.listVoiceConnectors({})).VoiceConnectors, [expected]);

  assert.equal((await client.deleteVoiceConnector({ VoiceConnectorId: id })).$metadata.httpStatusCode, 204);
  await assert.rejects(client.getVoiceConnector({ VoiceConnectorId: id }), (error) => {
    assert.ok(error instanceof NotFoundException);
    assert.match(error.message, new RegExp(id));
    return true;
  });
});

test('the domain and the defaults', async (t) => {
  const server = await startAmazon(t, { domain: 'trunks.example.net' });
  const { VoiceConnector } = await server.client.createVoiceConnector({ Name: 'a', RequireEncryption: false });
  assert.equal(VoiceConnector?.OutboundHostName, `${VoiceConnector?.VoiceConnectorId}.trunks.example.net`);
  assert.equal(VoiceConnector?.AwsRegion, 'us-east-1');
  assert.equal(VoiceConnector?.NetworkType, 'IPV4_ONLY');
  assert.equal(VoiceConnector?.IntegrationType, undefined);
});

test('the ten regions', async (t) => {
  const { client } = await startAmazon(t);
  const { VoiceConnectorRegions = [] } = await client.listAvailableVoiceConnectorRegions({});
  assert.equal(VoiceConnectorRegions.length, 10);
  assert.equal(VoiceConnectorRegions[0], 'us-east-1');
});

test('lists page through every connector once', async (t) => {
  const server = await startAmazon(t);
  const made = new Set(await Promise.all(Array.from({ length: 5 }, () => createConnector(server))));
  const seen: string[] = [];
  for (let NextToken: string | undefined; ;) {
    const page = await server.client.listVoiceConnectors({ MaxResults: 2, NextToken });
    seen.push(...(page.VoiceConnectors ?? []).map(({ VoiceConnectorId = '' }) => VoiceConnectorId));
    NextToken = page.NextToken;
    if (NextToken === undefined) break;
  }
  assert.equal(seen.length, 5);
  assert.deepEqual(new Set(seen), made);

  for (const token of ['x', 'WyJHZXRQaG9uZU51bWJlciIsImEiXQ', 'a'.repeat(1000)])
    await assert.rejects(
      server.client.listVoiceConnectors({ NextToken: token }),
      refused('BadRequestException', 400, /next-token/),
    );
  const foreign = (await server.client.searchAvailablePhoneNumbers({ AreaCode: '206', MaxResults: 1 })).NextToken;
  await assert.rejects(server.client.listVoiceConnectors({ NextToken: foreign }), refused('BadRequestException', 400));
  for (const MaxResults of [0, 101, -1, 1.5])
    await assert.rejects(
      server.client.listVoiceConnectors({ MaxResults }),
      refused('BadRequestException', 400, /max-results/),
    );
});

test('a connector in use is not deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  await orderNumbers(server, '+12065550100');
  const number = { VoiceConnectorId, E164PhoneNumbers: ['+12065550100'] };
  await client.associatePhoneNumbersWithVoiceConnector(number);
  await assert.rejects(client.deleteVoiceConnector({ VoiceConnectorId }), (error) => {
    assert.ok(error instanceof ConflictException);
    return refused('ConflictException', 409, /numbers/)(error);
  });
  await client.disassociatePhoneNumbersFromVoiceConnector(number);

  const group = await client.createVoiceConnectorGroup({
    Name: 'g',
    VoiceConnectorItems: [{ VoiceConnectorId, Priority: 1 }],
  });
  await assert.rejects(client.deleteVoiceConnector({ VoiceConnectorId }), refused('ConflictException', 409, /group/));
  const VoiceConnectorGroupId = group.VoiceConnectorGroup?.VoiceConnectorGroupId;
  await client.updateVoiceConnectorGroup({ VoiceConnectorGroupId, Name: 'g', VoiceConnectorItems: [] });
  await client.deleteVoiceConnector({ VoiceConnectorId });
});

test('deleting a connector leaves nothing of it behind', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const { VoiceConnector } = await client.getVoiceConnector({ VoiceConnectorId });
  await client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: { CallingRegions: ['US'] } });
  await client.putVoiceConnectorTerminationCredentials({
    VoiceConnectorId,
    Credentials: [{ Username: 'a', Password: 'b' }],
  });
  await client.putVoiceConnectorOrigination({ VoiceConnectorId, Origination: { Disabled: false } });
  await client.putVoiceConnectorLoggingConfiguration({
    VoiceConnectorId,
    LoggingConfiguration: { EnableSIPLogs: true },
  });
  await client.tagResource({ ResourceARN: VoiceConnector?.VoiceConnectorArn, Tags: [{ Key: 'k', Value: 'v' }] });
  await client.deleteVoiceConnector({ VoiceConnectorId });
  const [last] = (await server.ledger.revisionsAfter(0, 100)).reverse();
  assert.equal(last?.operation, 'DeleteVoiceConnector');
  assert.equal(last?.actor, 'AKIATEST');
  const made = new Set(
    (await server.ledger.revisionsAfter(0, 100)).flatMap(({ changes }) => changes.map(({ key }) => key.kind)),
  );
  for (const kind of made) assert.deepEqual(await server.ledger.list({ dialect: 'amazon', kind }), [], kind);
  assert.equal(made.size, 7);
});

test('numbers cannot be associated with a connector that is being deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  await orderNumbers(server, '+12065550100');
  for (let round = 0; round < 10; round += 1) {
    const VoiceConnectorId = await createConnector(server);
    const number = { VoiceConnectorId, E164PhoneNumbers: ['+12065550100'] };
    await Promise.allSettled([
      client.associatePhoneNumbersWithVoiceConnector(number),
      client.deleteVoiceConnector({ VoiceConnectorId }),
    ]);
    const { PhoneNumber } = await client.getPhoneNumber({ PhoneNumberId: '+12065550100' });
    const exists = await client.getVoiceConnector({ VoiceConnectorId }).then(
      () => true,
      () => false,
    );
    assert.equal(PhoneNumber?.Associations?.length, exists ? 1 : 0);
    if (exists) await client.disassociatePhoneNumbersFromVoiceConnector(number);
  }
});
