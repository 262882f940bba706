import type { Static } from 'typebox';
import { alphanumeric } from '../../../kit/ids.ts';
import {
  CONNECTOR_KINDS,
  credentialId,
  put,
  read,
  readAll,
  remove,
  voiceConnectorArn,
  type Documents,
} from '../documents.ts';
import { conflict, notFound } from '../errors.ts';
import { change, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pagination.ts';
import { refuseWhileAssociated } from '../phone-numbers.ts';
import {
  VOICE_CONNECTOR_REGIONS,
  type CreateVoiceConnector,
  type UpdateVoiceConnector,
  type VoiceConnector,
} from '../schemas.ts';
import { uniqueTags } from './tags.ts';

const ID_LENGTH = 22;

/** The connector of this id; throws NotFound. */
export async function requireConnector(documents: Documents, id: string): Promise<VoiceConnector> {
  const connector = await read(documents, 'voice-connector', id);
  if (!connector) throw notFound('VoiceConnector', id);
  return connector;
}

export async function createVoiceConnector(call: Call<Static<typeof CreateVoiceConnector>>): Promise<Answer> {
  const { Tags, AwsRegion = 'us-east-1', NetworkType = 'IPV4_ONLY', ...given } = call.body;
  const { accountId, domain } = call.service;
  const id = alphanumeric(ID_LENGTH);
  const now = timestamp(call);
  const connector: VoiceConnector = {
    ...given,
    VoiceConnectorId: id,
    AwsRegion,
    OutboundHostName: `${id}.${domain}`,
    CreatedTimestamp: now,
    UpdatedTimestamp: now,
    VoiceConnectorArn: voiceConnectorArn(AwsRegion, accountId, id),
    NetworkType,
  };
  const tags = Tags ? [put('tags', connector.VoiceConnectorArn, { Tags: uniqueTags(Tags) })] : [];
  return change(call, async () => ({
    writes: [put('voice-connector', id, connector), ...tags],
    result: { VoiceConnector: connector },
  }));
}

export async function listVoiceConnectors(call: Call): Promise<Answer> {
  const { bodies, NextToken } = await listPage(call, 'voice-connector');
  return { VoiceConnectors: bodies, NextToken };
}

export async function getVoiceConnector(call: Call): Promise<Answer> {
  return { VoiceConnector: await requireConnector(call.service.ledger, pathId(call, 'voiceConnectorId')) };
}

export function updateVoiceConnector(call: Call<Static<typeof UpdateVoiceConnector>>): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  return change(call, async (view) => {
    const connector = { ...(await requireConnector(view, id)), ...call.body, UpdatedTimestamp: timestamp(call) };
    return { writes: [put('voice-connector', id, connector)], result: { VoiceConnector: connector } };
  });
}

/** Refused while numbers or a group hold the connector; takes everything under it along. */
export function deleteVoiceConnector(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  return change(call, async (view) => {
    const connector = await requireConnector(view, id);
    await refuseWhileAssociated(view, id);
    const groups = await readAll(view, 'voice-connector-group');
    if (groups.some((group) => group.VoiceConnectorItems.some((item) => item.VoiceConnectorId === id)))
      throw conflict(
        'The Voice Connector must be removed from its groups first',
        'VoiceConnectorGroupAssociationsExist',
      );
    const credentials = await readAll(view, 'termination-credential', credentialId(id, ''));
    const writes = [
      remove('voice-connector', id),
      ...CONNECTOR_KINDS.map((kind) => remove(kind, id)),
      ...credentials.map(({ Username }) => remove('termination-credential', credentialId(id, Username))),
      remove('tags', connector.VoiceConnectorArn),
    ];
    return { writes, result: undefined };
  });
}

export async function listAvailableVoiceConnectorRegions(): Promise<Answer> {
  return { VoiceConnectorRegions: VOICE_CONNECTOR_REGIONS };
}
