import type { Static } from 'typebox';
import { put, read, type Documents } from '../documents.ts';
import { badRequest } from '../errors.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import type { PutEmergencyCallingConfiguration } from '../schemas.ts';
import { requireConnector } from './voice-connector.ts';

/** Emergency calls need both directions, for the call and for the call back. */
export function putEmergencyCallingConfiguration(
  call: Call<Static<typeof PutEmergencyCallingConfiguration>>,
): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  return change(call, async (view) => {
    await requireConnector(view, id);
    const termination = await read(view, 'termination', id);
    const origination = await read(view, 'origination', id);
    if (!termination || termination.Disabled || !origination || origination.Disabled)
      throw badRequest('Emergency calling needs termination and origination settings that are enabled');
    const writes = [put('emergency-calling-configuration', id, call.body.EmergencyCallingConfiguration)];
    return { writes, result: call.body };
  });
}

/** What emergency calling depends on can be neither deleted nor disabled; throws BadRequest. */
export async function refuseWhileEmergencyCalling(documents: Documents, id: string): Promise<void> {
  if (await read(documents, 'emergency-calling-configuration', id))
    throw badRequest('The emergency calling configuration must be deleted first');
}
