import type { Static } from 'typebox';
import type { View } from '../../../ledger/mutate.ts';
import { hashPassword } from '../../../rulebook/credential.ts';
import { credentialId, put, read, readAll, remove, sealLabel, type StoredCredential } from '../documents.ts';
import { badRequest, notFound } from '../errors.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { MOST_CREDENTIALS, type DeleteCredentials, type PutCredentials } from '../schemas.ts';
import { requireConnector } from './voice-connector.ts';

/** Adds the users, or gives new passwords to those that exist; the others stay. */
export function putTerminationCredentials(call: Call<Static<typeof PutCredentials>>): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  const given = (call.body.Credentials ?? []).map((user) => ({ ...user, key: credentialId(id, user.Username) }));
  return change(call, async (view) => {
    const { OutboundHostName } = await requireConnector(view, id);
    if (!(await read(view, 'termination', id))) throw notFound('Termination of VoiceConnector', id);
    if (await exceedMost(view, id, given))
      throw badRequest(`A Voice Connector has at most ${MOST_CREDENTIALS} termination credentials`);
    const writes = given.map(({ Username, Password, key }) => {
      const sealed = sealSecrets(call, { VoiceConnectorId: id, Username, Realm: OutboundHostName }, Password);
      return put('termination-credential', key, sealed);
    });
    const required = given.length > 0 ? [put('termination-authentication', id, { required: true })] : [];
    return { writes: [...writes, ...required], result: undefined };
  });
}

/** Whether the connector would have too many users; new passwords for those it has need no look at the others. */
async function exceedMost(
  view: View,
  id: string,
  given: readonly { Username: string; key: string }[],
): Promise<boolean> {
  const known = await Promise.all(given.map(({ key }) => read(view, 'termination-credential', key)));
  if (!known.includes(undefined)) return false;
  return new Set([...(await usernames(view, id)), ...given.map(({ Username }) => Username)]).size > MOST_CREDENTIALS;
}

function sealSecrets(call: Call, user: Omit<StoredCredential, 'Sealed'>, password: string): StoredCredential {
  const secrets = JSON.stringify(hashPassword(user.Username, user.Realm, password));
  return { ...user, Sealed: call.service.sealer.seal(secrets, sealLabel(user.VoiceConnectorId, user.Username)) };
}

/** User names only; passwords never leave. */
export async function listTerminationCredentials(call: Call): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  await requireConnector(call.service.ledger, id);
  return { Usernames: await usernames(call.service.ledger, id) };
}

/** Names that are not there are passed over. */
export function deleteTerminationCredentials(call: Call<Static<typeof DeleteCredentials>>): Promise<Answer> {
  const id = pathId(call, 'voiceConnectorId');
  return change(call, async (view) => {
    await requireConnector(view, id);
    const named = new Set(call.body.Usernames);
    const known = (await usernames(view, id)).filter((username) => named.has(username));
    const writes = known.map((username) => remove('termination-credential', credentialId(id, username)));
    return { writes, result: undefined };
  });
}

async function usernames(documents: View, id: string): Promise<string[]> {
  const credentials = await readAll(documents, 'termination-credential', credentialId(id, ''));
  return credentials.map(({ Username }) => Username);
}
