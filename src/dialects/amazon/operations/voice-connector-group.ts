import type { Static } from 'typebox';
import { uuid } from '../../../kit/ids.ts';
import { put, read, remove, type Documents } from '../documents.ts';
import { badRequest, conflict, notFound, serviceError } from '../errors.ts';
import { change, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pagination.ts';
import { refuseWhileAssociated } from '../phone-numbers.ts';
import type {
  CreateVoiceConnectorGroup,
  UpdateVoiceConnectorGroup,
  VoiceConnectorGroup,
  VoiceConnectorItem,
} from '../schemas.ts';
import { requireConnector } from './voice-connector.ts';

/** Most Voice Connectors of one group. */
const MOST_ITEMS = 3;
/** Priority of an item that does not say: tried first. */
const DEFAULT_PRIORITY = 1;

/** The group of this id; throws NotFound. */
export async function requireGroup(documents: Documents, id: string): Promise<VoiceConnectorGroup> {
  const group = await read(documents, 'voice-connector-group', id);
  if (!group) throw notFound('VoiceConnectorGroup', id);
  return group;
}

export function createVoiceConnectorGroup(call: Call<Static<typeof CreateVoiceConnectorGroup>>): Promise<Answer> {
  const { VoiceConnectorItems = [], ...given } = call.body;
  if (VoiceConnectorItems.length > MOST_ITEMS)
    throw serviceError('ResourceLimitExceededException', `A group holds at most ${MOST_ITEMS} Voice Connectors`);
  const id = uuid();
  const now = timestamp(call);
  return change(call, async (view) => {
    const items = await checkItems(view, VoiceConnectorItems);
    const group = {
      ...given,
      VoiceConnectorGroupId: id,
      VoiceConnectorItems: items,
      CreatedTimestamp: now,
      UpdatedTimestamp: now,
    };
    return { writes: [put('voice-connector-group', id, group)], result: { VoiceConnectorGroup: group } };
  });
}

export async function listVoiceConnectorGroups(call: Call): Promise<Answer> {
  const { bodies, NextToken } = await listPage(call, 'voice-connector-group');
  return { VoiceConnectorGroups: bodies, NextToken };
}

export async function getVoiceConnectorGroup(call: Call): Promise<Answer> {
  return { VoiceConnectorGroup: await requireGroup(call.service.ledger, pathId(call, 'voiceConnectorGroupId')) };
}

/** Replaces the items whole. */
export function updateVoiceConnectorGroup(call: Call<Static<typeof UpdateVoiceConnectorGroup>>): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorGroupId');
  if (call.body.VoiceConnectorItems.length > MOST_ITEMS)
    throw badRequest(`VoiceConnectorItems must not have more than ${MOST_ITEMS} items`);
  return change(call, async (view) => {
    const before = await requireGroup(view, id);
    const VoiceConnectorItems = await checkItems(view, call.body.VoiceConnectorItems);
    const group = { ...before, ...call.body, VoiceConnectorItems, UpdatedTimestamp: timestamp(call) };
    return { writes: [put('voice-connector-group', id, group)], result: { VoiceConnectorGroup: group } };
  });
}

/** Refused until its items and numbers are removed. */
export function deleteVoiceConnectorGroup(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorGroupId');
  return change(call, async (view) => {
    const group = await requireGroup(view, id);
    if (group.VoiceConnectorItems.length > 0)
      throw conflict('Voice Connectors must be removed from the group first', 'VoiceConnectorGroupAssociationsExist');
    await refuseWhileAssociated(view, id);
    return { writes: [remove('voice-connector-group', id)], result: undefined };
  });
}

async function checkItems(documents: Documents, items: readonly VoiceConnectorItem[]): Promise<VoiceConnectorItem[]> {
  if (new Set(items.map(({ VoiceConnectorId }) => VoiceConnectorId)).size < items.length)
    throw badRequest('VoiceConnectorItems must not name a Voice Connector twice');
  for (const { VoiceConnectorId } of items) await requireConnector(documents, VoiceConnectorId);
  return items.map((item) => ({ Priority: DEFAULT_PRIORITY, ...item }));
}
