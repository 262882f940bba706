import type { Static } from 'typebox';
import { put, read, remove, type Kind } from '../documents.ts';
import { notFound } from '../errors.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import type {
  PutExternalSystemsConfiguration,
  PutLoggingConfiguration,
  PutStreamingConfiguration,
} from '../schemas.ts';
import { requireConnector } from './voice-connector.ts';

/** The configurations that are got and deleted alike, and the member of the answer that carries each. */
const MEMBERS = {
  'streaming-configuration': 'StreamingConfiguration',
  'emergency-calling-configuration': 'EmergencyCallingConfiguration',
  'external-systems-configuration': 'ExternalSystemsConfiguration',
} as const satisfies Partial<Record<Kind, string>>;

/** Get of one configuration: NotFound until it was put. */
export function getConfiguration(kind: keyof typeof MEMBERS): (call: Call) => Promise<Answer> {
  return async (call) => {
    const id = pathId(call, 'voiceConnectorId');
    await requireConnector(call.service.ledger, id);
    const configuration = await read(call.service.ledger, kind, id);
    if (!configuration) throw notFound(`${MEMBERS[kind]} of VoiceConnector`, id);
    return { [MEMBERS[kind]]: configuration };
  };
}

/** Delete of one configuration; one that is not there is gone already. */
export function deleteConfiguration(kind: keyof typeof MEMBERS): (call: Call) => Promise<Answer> {
  return (call) => {
    const id = pathId(call, 'voiceConnectorId');
    return change(call, async (view) => {
      await requireConnector(view, id);
      return { writes: [remove(kind, id)], result: undefined };
    });
  };
}

export function putLoggingConfiguration(call: Call<Static<typeof PutLoggingConfiguration>>): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  return change(call, async (view) => {
    await requireConnector(view, id);
    return { writes: [put('logging-configuration', id, call.body.LoggingConfiguration)], result: call.body };
  });
}

/** Logging cannot be deleted, so it is always there: off until it was put. */
export async function getLoggingConfiguration(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  await requireConnector(call.service.ledger, id);
  const stored = await read(call.service.ledger, 'logging-configuration', id);
  return { LoggingConfiguration: stored ?? { EnableSIPLogs: false, EnableMediaMetricLogs: false } };
}

export function putStreamingConfiguration(call: Call<Static<typeof PutStreamingConfiguration>>): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  const StreamingConfiguration = { Disabled: false, ...call.body.StreamingConfiguration };
  return change(call, async (view) => {
    await requireConnector(view, id);
    return { writes: [put('streaming-configuration', id, StreamingConfiguration)], result: { StreamingConfiguration } };
  });
}

export function putExternalSystemsConfiguration(
  call: Call<Static<typeof PutExternalSystemsConfiguration>>,
): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  return change(call, async (view) => {
    await requireConnector(view, id);
    const writes = [put('external-systems-configuration', id, call.body)];
    return { writes, result: { ExternalSystemsConfiguration: call.body } };
  });
}
