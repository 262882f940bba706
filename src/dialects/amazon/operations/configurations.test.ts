import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnector, refused, startAmazon } from '../../../../test/support/amazon.ts';

test('logging is off until it is put', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const get = async () =>
    (await client.getVoiceConnectorLoggingConfiguration({ VoiceConnectorId })).LoggingConfiguration;
  assert.deepEqual(await get(), { EnableSIPLogs: false, EnableMediaMetricLogs: false });
  const LoggingConfiguration = { EnableSIPLogs: true };
  const put = await client.putVoiceConnectorLoggingConfiguration({ VoiceConnectorId, LoggingConfiguration });
  assert.deepEqual(put.LoggingConfiguration, LoggingConfiguration);
  assert.deepEqual(await get(), LoggingConfiguration);
});

test('streaming comes back as it was put', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const get = async () =>
    (await client.getVoiceConnectorStreamingConfiguration({ VoiceConnectorId })).StreamingConfiguration;
  await assert.rejects(get(), refused('NotFoundException', 404));
  const StreamingConfiguration = {
    DataRetentionInHours: 24,
    Disabled: true,
    StreamingNotificationTargets: [{ NotificationTarget: 'SQS' as const }],
    MediaInsightsConfiguration: { Disabled: false, ConfigurationArn: 'arn:aws:chime:us-east-1:1:media/x' },
  };
  const put = await client.putVoiceConnectorStreamingConfiguration({ VoiceConnectorId, StreamingConfiguration });
  assert.deepEqual(put.StreamingConfiguration, StreamingConfiguration);
  assert.deepEqual(await get(), StreamingConfiguration);
  const bare = await server.send(`PUT /voice-connectors/${VoiceConnectorId}/streaming-configuration`, {
    body: '{"StreamingConfiguration":{"DataRetentionInHours":0}}',
  });
  assert.deepEqual(bare.json, { StreamingConfiguration: { DataRetentionInHours: 0, Disabled: false } });
  await client.deleteVoiceConnectorStreamingConfiguration({ VoiceConnectorId });
  await assert.rejects(get(), refused('NotFoundException', 404));
});

test('external systems come back as they were put', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const get = async () =>
    (await client.getVoiceConnectorExternalSystemsConfiguration({ VoiceConnectorId })).ExternalSystemsConfiguration;
  await assert.rejects(get(), refused('NotFoundException', 404));
  const systems = {
    SessionBorderControllerTypes: ['ORACLE_ACME_PACKET_SBC' as const],
    ContactCenterSystemTypes: ['AVAYA_AURA_CONTACT_CENTER' as const],
  };
  await client.putVoiceConnectorExternalSystemsConfiguration({ VoiceConnectorId, ...systems });
  assert.deepEqual(await get(), systems);
  await assert.rejects(
    client.putVoiceConnectorExternalSystemsConfiguration({
      VoiceConnectorId,
      SessionBorderControllerTypes: ['HOME_MADE' as 'RIBBON_SBC'],
    }),
    refused('BadRequestException', 400, /SessionBorderControllerTypes\[0\] must be one of RIBBON_SBC, /),
  );
  await client.deleteVoiceConnectorExternalSystemsConfiguration({ VoiceConnectorId });
  await assert.rejects(get(), refused('NotFoundException', 404));
});

test('emergency calling needs both directions, and holds them', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const EmergencyCallingConfiguration = {
    DNIS: [{ EmergencyPhoneNumber: '+12065550911', TestPhoneNumber: '+12065550933', CallingCountry: 'US' }],
  };
  const put = () =>
    client.putVoiceConnectorEmergencyCallingConfiguration({ VoiceConnectorId, EmergencyCallingConfiguration });
  const get = () => client.getVoiceConnectorEmergencyCallingConfiguration({ VoiceConnectorId });
  const termination = (Disabled: boolean) =>
    client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: { Disabled } });
  const origination = (Disabled: boolean) =>
    client.putVoiceConnectorOrigination({ VoiceConnectorId, Origination: { Disabled } });

  await assert.rejects(get(), refused('NotFoundException', 404));
  await termination(false);
  await assert.rejects(put(), refused('BadRequestException', 400, /origination/));
  await origination(true);
  await assert.rejects(put(), refused('BadRequestException', 400));
  await origination(false);
  assert.deepEqual((await put()).EmergencyCallingConfiguration, EmergencyCallingConfiguration);
  assert.deepEqual((await get()).EmergencyCallingConfiguration, EmergencyCallingConfiguration);

  const held = [
    () => termination(true),
    () => origination(true),
    () => client.deleteVoiceConnectorTermination({ VoiceConnectorId }),
    () => client.deleteVoiceConnectorOrigination({ VoiceConnectorId }),
  ];
  for (const attempt of held) await assert.rejects(attempt(), refused('BadRequestException', 400, /emergency/));
  await termination(false);
  await client.deleteVoiceConnectorEmergencyCallingConfiguration({ VoiceConnectorId });
  for (const attempt of held) await attempt();
});

test('an E911 address is checked by its form', async (t) => {
  const { client } = await startAmazon(t);
  const address = {
    AwsAccountId: '111122223333',
    StreetNumber: '410',
    StreetInfo: 'Terry Avenue North',
    City: 'Seattle',
    State: 'WA',
    Country: 'US',
    PostalCode: '98109-5210',
  };
  const valid = await client.validateE911Address(address);
  assert.equal(valid.$metadata.httpStatusCode, 202);
  assert.equal(valid.ValidationResult, 0);
  assert.deepEqual(valid.Address, {
    streetNumber: '410',
    streetName: 'Terry Avenue North',
    city: 'Seattle',
    state: 'WA',
    postalCode: '98109',
    postalCodePlus4: '5210',
    country: 'US',
  });
  for (const wrong of [{ State: 'ZZ' }, { PostalCode: '123' }, { Country: 'FR' }]) {
    const answer = await client.validateE911Address({ ...address, ...wrong });
    assert.equal(answer.ValidationResult, 2);
    assert.equal(answer.Address, undefined);
  }
  await assert.rejects(
    client.validateE911Address({ ...address, City: ' ' }),
    refused('BadRequestException', 400, /^City /),
  );
});
