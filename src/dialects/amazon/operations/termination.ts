import type { Static } from 'typebox';
import { parseBlock } from '../../../kit/ip.ts';
import { credentialId, put, read, readAll, remove, trunkId } from '../documents.ts';
import { badRequest, notFound } from '../errors.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { publicCidr } from '../public-cidr.ts';
import type { PutTermination, Termination } from '../schemas.ts';
import { refuseWhileEmergencyCalling } from './emergency-calling-configuration.ts';
import { requireConnector } from './voice-connector.ts';

/** New calls a second of a connector that does not say. */
const DEFAULT_CPS_LIMIT = 1;

/** Replaces the settings whole; they hold from the next call on. */
export function putTermination(call: Call<Static<typeof PutTermination>>): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  const Termination: Termination = { CpsLimit: DEFAULT_CPS_LIMIT, Disabled: false, ...call.body.Termination };
  checkCidrs(Termination.CidrAllowedList ?? [], call.service.allowPrivateCidr);
  return change(call, async (view) => {
    await requireConnector(view, id);
    if (Termination.Disabled) await refuseWhileEmergencyCalling(view, id);
    return { writes: [put('termination', id, Termination)], result: { Termination } };
  });
}

export async function getTermination(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  await requireConnector(call.service.ledger, id);
  const Termination = await read(call.service.ledger, 'termination', id);
  if (!Termination) throw notFound('Termination of VoiceConnector', id);
  return { Termination };
}

/** Takes the credentials along, and with them the duty to authenticate. */
export function deleteTermination(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  return change(call, async (view) => {
    await requireConnector(view, id);
    await refuseWhileEmergencyCalling(view, id);
    const credentials = await readAll(view, 'termination-credential', credentialId(id, ''));
    const writes = [
      remove('termination', id),
      remove('termination-authentication', id),
      ...credentials.map(({ Username }) => remove('termination-credential', credentialId(id, Username))),
    ];
    return { writes, result: undefined };
  });
}

/** When and from where the last OPTIONS came; an empty object when none ever did. */
export async function getTerminationHealth(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  await requireConnector(call.service.ledger, id);
  const health = await call.service.terminationHealth(trunkId(id));
  const TerminationHealth = health ? { Source: health.source, Timestamp: new Date(health.at).toISOString() } : {};
  return { TerminationHealth };
}

function checkCidrs(cidrs: readonly string[], allowPrivate: boolean): void {
  for (const [index, cidr] of cidrs.entries()) {
    const member = `Termination.CidrAllowedList[${index}]`;
    // `::ffff:192.0.2.0/120` is the same block, but not the vendor's way to write it.
    const block = /^[\d.]+\//.test(cidr) ? parseBlock(cidr) : undefined;
    if (!block) throw badRequest(`${member} must be an IPv4 block in CIDR notation, such as 192.0.2.0/24`);
    if (!allowPrivate && !publicCidr(block)) throw badRequest(`${member} must be public, with a prefix of 27 to 32`);
  }
}
