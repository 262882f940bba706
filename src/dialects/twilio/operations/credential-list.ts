import { rfc2822 } from '../dates.ts';
import { childId, put, read, readAll, remove, type CredentialList, type Documents } from '../documents.ts';
import { refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { CredentialListForm } from '../schemas.ts';
import { newSid } from '../sids.ts';
import { resourceUri } from '../uris.ts';

const MOST_LISTS = 100;

/** The list of this SID; throws 20404. */
export async function requireCredentialList(call: Call, documents: Documents, sid: string): Promise<CredentialList> {
  const list = await read(documents, 'credential-list', sid);
  if (!list) throw missing(call);
  return list;
}

export function createCredentialList(call: Call<Form<typeof CredentialListForm>>): Promise<Answer> {
  const sid = newSid('CL', call.service.clock.now());
  const now = timestamp(call);
  return change(call, async (view) => {
    const lists = await readAll(view, 'credential-list');
    if (lists.length >= MOST_LISTS) throw refusal(21239, `An account has at most ${MOST_LISTS} credential lists`);
    refuseTakenName(lists, call.body.FriendlyName, sid);
    const list = { sid, friendly_name: call.body.FriendlyName, date_created: now, date_updated: now };
    return { writes: [put('credential-list', sid, list)], result: render(call, list) };
  });
}

export function listCredentialLists(call: Call): Promise<Answer> {
  return listPage(call, 'credential_lists', { kind: 'credential-list' }, (list) => render(call, list));
}

export async function fetchCredentialList(call: Call): Promise<Answer> {
  return render(call, await requireCredentialList(call, call.service.ledger, pathId(call, 'Sid')));
}

export function updateCredentialList(call: Call<Form<typeof CredentialListForm>>): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    const known = await requireCredentialList(call, view, sid);
    refuseTakenName(await readAll(view, 'credential-list'), call.body.FriendlyName, sid);
    const list = { ...known, friendly_name: call.body.FriendlyName, date_updated: timestamp(call) };
    return { writes: [put('credential-list', sid, list)], result: render(call, list) };
  });
}

/** Refused while a SIP domain or a trunk is mapped to the list; takes its credentials along. */
export function deleteCredentialList(call: Call): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    await requireCredentialList(call, view, sid);
    for (const kind of [
      'calls-credential-list-mapping',
      'registrations-credential-list-mapping',
      'trunk-credential-list',
    ] as const)
      if ((await readAll(view, kind)).some((mapping) => mapping.sid === sid))
        throw refusal(21241, 'The credential list is mapped to a SIP domain or a trunk: remove the mapping first');
    const credentials = await readAll(view, 'credential', childId(sid, ''));
    const writes = credentials.flatMap((credential) => [
      remove('credential', childId(sid, credential.sid)),
      remove('credential-secret', childId(sid, credential.username)),
    ]);
    return { writes: [remove('credential-list', sid), ...writes], result: undefined };
  });
}

function refuseTakenName(lists: readonly CredentialList[], name: string, sid: string): void {
  if (lists.some((list) => list.friendly_name === name && list.sid !== sid))
    throw refusal(21240, 'A credential list with this FriendlyName exists already');
}

function render(call: Call, { sid, friendly_name, date_created, date_updated }: CredentialList): object {
  return {
    account_sid: call.service.accountSid,
    date_created: rfc2822(date_created),
    date_updated: rfc2822(date_updated),
    friendly_name,
    sid,
    subresource_uris: { credentials: resourceUri(call, `SIP/CredentialLists/${sid}/Credentials`) },
    uri: resourceUri(call, `SIP/CredentialLists/${sid}`),
  };
}
