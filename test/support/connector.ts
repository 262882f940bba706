import assert from 'node:assert/strict';
import {
  AssociatePhoneNumbersWithVoiceConnectorGroupCommand,
  CreatePhoneNumberOrderCommand,
  CreateVoiceConnectorCommand,
  CreateVoiceConnectorGroupCommand,
  PutVoiceConnectorOriginationCommand,
  PutVoiceConnectorTerminationCommand,
  PutVoiceConnectorTerminationCredentialsCommand,
  SearchAvailablePhoneNumbersCommand,
  type ChimeSDKVoiceClient,
  type OriginationRoute,
} from '@aws-sdk/client-chime-sdk-voice';

/** A Voice Connector as its owner knows it. */
export interface TestConnector {
  readonly id: string;
  /** What calls are sent to. */
  readonly host: string;
}

/** The credential of every connector made by `openTermination`. */
export const CONNECTOR_USER = { Username: 'jdoe', Password: 'correct horse' } as const;

/** Fast enough that no test runs into it. */
const CPS_LIMIT = 256;

/** Makes a Voice Connector. */
export async function createConnector(client: ChimeSDKVoiceClient, RequireEncryption = false): Promise<TestConnector> {
  const { VoiceConnector } = await client.send(
    new CreateVoiceConnectorCommand({ Name: 'connector', RequireEncryption }),
  );
  const { VoiceConnectorId: id, OutboundHostName: host } = VoiceConnector ?? {};
  assert.ok(id && host);
  return { id, host };
}

/** Makes a Voice Connector that takes calls to US numbers from this machine, with the credential `CONNECTOR_USER`. */
export async function openTermination(client: ChimeSDKVoiceClient, RequireEncryption = false): Promise<TestConnector> {
  const connector = await createConnector(client, RequireEncryption);
  await permit(client, connector.id, ['127.0.0.0/8']);
  await client.send(
    new PutVoiceConnectorTerminationCredentialsCommand({
      VoiceConnectorId: connector.id,
      Credentials: [CONNECTOR_USER],
    }),
  );
  return connector;
}

/** Has a Voice Connector take calls to US numbers from these blocks. */
export async function permit(
  client: ChimeSDKVoiceClient,
  VoiceConnectorId: string,
  CidrAllowedList: string[],
): Promise<void> {
  await client.send(
    new PutVoiceConnectorTerminationCommand({
      VoiceConnectorId,
      Termination: { CidrAllowedList, CallingRegions: ['US'], CpsLimit: CPS_LIMIT },
    }),
  );
}

/** Makes a Voice Connector that delivers calls to these routes. */
export async function openOrigination(
  client: ChimeSDKVoiceClient,
  Routes: OriginationRoute[],
  Disabled = false,
): Promise<TestConnector> {
  const connector = await createConnector(client);
  await client.send(
    new PutVoiceConnectorOriginationCommand({ VoiceConnectorId: connector.id, Origination: { Routes, Disabled } }),
  );
  return connector;
}

/** Makes a group that tries the connectors in this order, and orders a number that leads to it. */
export async function orderGroupNumber(
  client: ChimeSDKVoiceClient,
  connectors: readonly TestConnector[],
): Promise<string> {
  const { VoiceConnectorGroup, $metadata } = await client.send(
    new CreateVoiceConnectorGroupCommand({
      Name: 'myGroup',
      VoiceConnectorItems: connectors.map(({ id }, index) => ({ VoiceConnectorId: id, Priority: index + 1 })),
    }),
  );
  assert.equal($metadata.httpStatusCode, 201);
  const VoiceConnectorGroupId = VoiceConnectorGroup?.VoiceConnectorGroupId;
  const { E164PhoneNumbers = [] } = await client.send(
    new SearchAvailablePhoneNumbersCommand({ AreaCode: '206', MaxResults: 1 }),
  );
  await client.send(new CreatePhoneNumberOrderCommand({ ProductType: 'VoiceConnector', E164PhoneNumbers }));
  await client.send(
    new AssociatePhoneNumbersWithVoiceConnectorGroupCommand({ VoiceConnectorGroupId, E164PhoneNumbers }),
  );
  const [number] = E164PhoneNumbers;
  assert.match(number ?? '', /^\+1206555\d{4}$/);
  return number ?? '';
}
