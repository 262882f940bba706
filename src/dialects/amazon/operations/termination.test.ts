import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnector, refused, startAmazon } from '../../../../test/support/amazon.ts';

test('termination settings are put, read, replaced whole and deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const get = async () => (await client.getVoiceConnectorTermination({ VoiceConnectorId })).Termination;
  await assert.rejects(get(), refused('NotFoundException', 404));

  const Termination = {
    CpsLimit: 10,
    DefaultPhoneNumber: '+12065550100',
    CallingRegions: ['US', 'CA'],
    CidrAllowedList: ['10.24.34.0/23', '203.0.113.7/32'],
    Disabled: true,
  };
  assert.deepEqual(
    (await client.putVoiceConnectorTermination({ VoiceConnectorId, Termination })).Termination,
    Termination,
  );
  assert.deepEqual(await get(), Termination);

  const little = { CallingRegions: ['US'], CidrAllowedList: ['203.0.113.7/32'] };
  await client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: little });
  assert.deepEqual(await get(), { ...little, CpsLimit: 1, Disabled: false });

  const gone = await client.deleteVoiceConnectorTermination({ VoiceConnectorId });
  assert.equal(gone.$metadata.httpStatusCode, 204);
  await assert.rejects(get(), refused('NotFoundException', 404));
  await client.deleteVoiceConnectorTermination({ VoiceConnectorId });
});

test('what termination settings may hold', async (t) => {
  const server = await startAmazon(t);
  const VoiceConnectorId = await createConnector(server);
  const put = (Termination: object) => server.client.putVoiceConnectorTermination({ VoiceConnectorId, Termination });
  for (const CpsLimit of [0, 257, 1.5, -1])
    await assert.rejects(put({ CpsLimit }), refused('BadRequestException', 400, /^Termination\.CpsLimit /));
  await put({ CpsLimit: 256 });
  for (const cidr of [
    '10.0.0.0',
    '10.0.0.1/8',
    '10.0.0.0/33',
    '2001:db8::/32',
    '::ffff:10.0.0.0/104',
    '::ffff:0:0/96',
    'localhost',
    '',
    '1.2.3.4/',
  ])
    await assert.rejects(
      put({ CidrAllowedList: ['10.0.0.0/8', cidr] }),
      refused('BadRequestException', 400, /^Termination\.CidrAllowedList\[1\] /),
    );
  await assert.rejects(put({ CallingRegions: ['us'] }), refused('BadRequestException', 400, /CallingRegions\[0\]/));
  await assert.rejects(put({ DefaultPhoneNumber: '0123' }), refused('BadRequestException', 400, /DefaultPhoneNumber/));
  const wrong = await server.send(`PUT /voice-connectors/${VoiceConnectorId}/termination`, {
    body: '{"Termination":{"Disabled":"no"}}',
  });
  assert.deepEqual(wrong.json, { Code: 'BadRequest', Message: 'Termination.Disabled must be boolean' });
});

test('the rule of the vendor for source blocks can be asked for', async (t) => {
  const server = await startAmazon(t, { allowPrivateCidr: false });
  const VoiceConnectorId = await createConnector(server);
  const put = (cidr: string) =>
    server.client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: { CidrAllowedList: [cidr] } });
  for (const cidr of ['10.0.0.1/32', '172.31.0.0/27', '192.168.1.0/32', '203.0.113.0/26', '0.0.0.0/0'])
    await assert.rejects(put(cidr), refused('BadRequestException', 400, /CidrAllowedList\[0\]/));
  for (const cidr of ['203.0.113.0/27', '203.0.113.7/32', '172.32.0.0/27', '11.0.0.0/32']) await put(cidr);
});

test('termination health is what the journal heard last', async (t) => {
  const asked: string[] = [];
  let heard: { at: number; source: string } | undefined;
  const server = await startAmazon(t, {
    terminationHealth: async (trunk) => {
      asked.push(trunk);
      return heard;
    },
  });
  const VoiceConnectorId = await createConnector(server);
  const health = async () =>
    (await server.client.getVoiceConnectorTerminationHealth({ VoiceConnectorId })).TerminationHealth;
  assert.deepEqual(await health(), {});
  heard = { at: Date.UTC(2026, 10, 21, 12, 34, 56, 789), source: '203.0.113.7' };
  assert.deepEqual(await health(), { Source: '203.0.113.7', Timestamp: new Date('2026-11-21T12:34:56.789Z') });
  assert.deepEqual(asked, [`amazon:${VoiceConnectorId}`, `amazon:${VoiceConnectorId}`]);
});
