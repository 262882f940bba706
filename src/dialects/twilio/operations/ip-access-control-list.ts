import { rfc2822 } from '../dates.ts';
import { childId, put, read, readAll, remove, type Documents, type IpAccessControlList } from '../documents.ts';
import { refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { IpAccessControlListForm } from '../schemas.ts';
import { newSid } from '../sids.ts';
import { resourceUri } from '../uris.ts';

const MOST_LISTS = 1000;

/** The list of this SID; throws 20404. */
export async function requireIpAccessControlList(
  call: Call,
  documents: Documents,
  sid: string,
): Promise<IpAccessControlList> {
  const list = await read(documents, 'ip-access-control-list', sid);
  if (!list) throw missing(call);
  return list;
}

export function createIpAccessControlList(call: Call<Form<typeof IpAccessControlListForm>>): Promise<Answer> {
  const sid = newSid('AL', call.service.clock.now());
  const now = timestamp(call);
  const list = { sid, friendly_name: call.body.FriendlyName, date_created: now, date_updated: now };
  return change(call, async (view) => {
    if ((await readAll(view, 'ip-access-control-list')).length >= MOST_LISTS)
      throw refusal(21255, `An account has at most ${MOST_LISTS} IP access control lists`);
    return { writes: [put('ip-access-control-list', sid, list)], result: render(call, list) };
  });
}

export function listIpAccessControlLists(call: Call): Promise<Answer> {
  return listPage(call, 'ip_access_control_lists', { kind: 'ip-access-control-list' }, (list) => render(call, list));
}

export async function fetchIpAccessControlList(call: Call): Promise<Answer> {
  return render(call, await requireIpAccessControlList(call, call.service.ledger, pathId(call, 'Sid')));
}

export function updateIpAccessControlList(call: Call<Form<typeof IpAccessControlListForm>>): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    const known = await requireIpAccessControlList(call, view, sid);
    const list = { ...known, friendly_name: call.body.FriendlyName, date_updated: timestamp(call) };
    return { writes: [put('ip-access-control-list', sid, list)], result: render(call, list) };
  });
}

/** Refused while a SIP domain or a trunk is mapped to the list; takes its addresses along. */
export function deleteIpAccessControlList(call: Call): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    await requireIpAccessControlList(call, view, sid);
    for (const kind of ['calls-ip-access-control-list-mapping', 'trunk-ip-access-control-list'] as const)
      if ((await readAll(view, kind)).some((mapping) => mapping.sid === sid))
        throw refusal(
          21236,
          'The IP access control list is mapped to a SIP domain or a trunk: remove the mapping first',
        );
    const addresses = await readAll(view, 'ip-address', childId(sid, ''));
    const writes = addresses.map((address) => remove('ip-address', childId(sid, address.sid)));
    return { writes: [remove('ip-access-control-list', sid), ...writes], result: undefined };
  });
}

function render(call: Call, { sid, friendly_name, date_created, date_updated }: IpAccessControlList): object {
  const path = `SIP/IpAccessControlLists/${sid}`;
  return {
    account_sid: call.service.accountSid,
    date_created: rfc2822(date_created),
    date_updated: rfc2822(date_updated),
    friendly_name,
    sid,
    subresource_uris: { ip_addresses: resourceUri(call, `${path}/IpAddresses`) },
    uri: resourceUri(call, path),
  };
}
