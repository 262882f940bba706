import { hashPassword } from '../../../rulebook/credential.ts';
import { rfc2822 } from '../dates.ts';
import {
  childId,
  put,
  read,
  readAll,
  REALM,
  remove,
  sealLabel,
  type Credential,
  type CredentialSecret,
  type Documents,
} from '../documents.ts';
import { refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { CreateCredential, UpdateCredential } from '../schemas.ts';
import { newSid } from '../sids.ts';
import { resourceUri } from '../uris.ts';
import { requireCredentialList } from './credential-list.ts';

const MOST_CREDENTIALS = 1000;

export function createCredential(call: Call<Form<typeof CreateCredential>>): Promise<Answer> {
  const list = pathId(call, 'CredentialListSid');
  const { Username: username, Password } = call.body;
  const now = timestamp(call);
  const credential: Credential = {
    sid: newSid('CR', call.service.clock.now()),
    credential_list_sid: list,
    username,
    date_created: now,
    date_updated: now,
  };
  return change(call, async (view) => {
    await requireCredentialList(call, view, list);
    refuseWeak(Password);
    if (await read(view, 'credential-secret', childId(list, username)))
      throw refusal(21240, 'The list has a credential with this Username already');
    if ((await readAll(view, 'credential', childId(list, ''))).length >= MOST_CREDENTIALS)
      throw refusal(21242, `A credential list has at most ${MOST_CREDENTIALS} credentials`);
    return { writes: writesOf(call, credential, Password), result: render(call, credential) };
  });
}

export async function listCredentials(call: Call): Promise<Answer> {
  const parent = pathId(call, 'CredentialListSid');
  await requireCredentialList(call, call.service.ledger, parent);
  return listPage(call, 'credentials', { kind: 'credential', parent }, (credential) => render(call, credential));
}

export async function fetchCredential(call: Call): Promise<Answer> {
  return render(call, await requireCredential(call, call.service.ledger));
}

export function updateCredential(call: Call<Form<typeof UpdateCredential>>): Promise<Answer> {
  const { Password } = call.body;
  return change(call, async (view) => {
    const known = await requireCredential(call, view);
    if (Password == null) return { writes: [], result: render(call, known) };
    refuseWeak(Password);
    const credential = { ...known, date_updated: timestamp(call) };
    return { writes: writesOf(call, credential, Password), result: render(call, credential) };
  });
}

export function deleteCredential(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { sid, credential_list_sid: list, username } = await requireCredential(call, view);
    return {
      writes: [remove('credential', childId(list, sid)), remove('credential-secret', childId(list, username))],
      result: undefined,
    };
  });
}

async function requireCredential(call: Call, documents: Documents): Promise<Credential> {
  const id = childId(pathId(call, 'CredentialListSid'), pathId(call, 'Sid'));
  const credential = await read(documents, 'credential', id);
  if (!credential) throw missing(call);
  return credential;
}

/** The vendor's rule: twelve characters, among them a digit, a capital and a small letter. */
function refuseWeak(password: string): void {
  if (password.length < 12 || !/\d/.test(password) || !/\p{Lu}/u.test(password) || !/\p{Ll}/u.test(password))
    throw refusal(21240, 'Password needs at least 12 characters with a digit, an upper case and a lower case letter');
}

function writesOf(call: Call, credential: Credential, password: string): ReturnType<typeof put>[] {
  const { sid, credential_list_sid: list, username } = credential;
  const secrets = JSON.stringify(hashPassword(username, REALM, password));
  const secret: CredentialSecret = {
    credential_sid: sid,
    credential_list_sid: list,
    username,
    sealed: call.service.sealer.seal(secrets, sealLabel(list, username)),
  };
  return [put('credential', childId(list, sid), credential), put('credential-secret', childId(list, username), secret)];
}

function render(call: Call, credential: Credential): object {
  const { sid, credential_list_sid, username, date_created, date_updated } = credential;
  return {
    account_sid: call.service.accountSid,
    credential_list_sid,
    date_created: rfc2822(date_created),
    date_updated: rfc2822(date_updated),
    sid,
    uri: resourceUri(call, `SIP/CredentialLists/${credential_list_sid}/Credentials/${sid}`),
    username,
  };
}
