import { isIP, isIPv6 } from 'node:net';
import type { Static } from 'typebox';
import { put, read, remove } from '../documents.ts';
import { badRequest, notFound } from '../errors.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import type { OriginationRoute, PutOrigination } from '../schemas.ts';
import { refuseWhileEmergencyCalling } from './emergency-calling-configuration.ts';
import { requireConnector } from './voice-connector.ts';

/** Replaces the settings whole; they hold from the next call on. */
export function putOrigination(call: Call<Static<typeof PutOrigination>>): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  const given = call.body.Origination;
  if (given.Routes === undefined && given.Disabled === undefined)
    throw badRequest('Origination must have Routes, Disabled or both');
  checkHosts(given.Routes ?? []);
  const Origination = { Disabled: false, ...given };
  return change(call, async (view) => {
    await requireConnector(view, id);
    if (Origination.Disabled) await refuseWhileEmergencyCalling(view, id);
    return { writes: [put('origination', id, Origination)], result: { Origination } };
  });
}

export async function getOrigination(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  await requireConnector(call.service.ledger, id);
  const Origination = await read(call.service.ledger, 'origination', id);
  if (!Origination) throw notFound('Origination of VoiceConnector', id);
  return { Origination };
}

export function deleteOrigination(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  return change(call, async (view) => {
    await requireConnector(view, id);
    await refuseWhileEmergencyCalling(view, id);
    return { writes: [remove('origination', id)], result: undefined };
  });
}

const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*\\.?$`);

/** A host is a name or an address (model docs of OriginationRoute): calls to anything else would end nowhere. */
function checkHosts(routes: readonly OriginationRoute[]): void {
  for (const [index, { Host }] of routes.entries()) {
    if (Host === undefined || isIP(Host) !== 0 || isIPv6(/^\[(.*)\]$/.exec(Host)?.[1] ?? '')) continue;
    // What looks like a number and is no address is no name either.
    if (!NAME.test(Host) || /^[\d.]+$/.test(Host))
      throw badRequest(`Origination.Routes[${index}].Host must be a domain name or an IP address`);
  }
}
