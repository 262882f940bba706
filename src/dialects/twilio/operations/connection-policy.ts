import { childId, put, read, readAll, remove, type ConnectionPolicy, type Documents } from '../documents.ts';
import { refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { NameForm } from '../schemas-v1.ts';
import { newSid } from '../sids.ts';
import { resourceUrl } from '../uris.ts';

const MOST_POLICIES = 100;

/** The policy of this SID; throws 20404. */
export async function requirePolicy(call: Call, documents: Documents, sid: string): Promise<ConnectionPolicy> {
  const policy = await read(documents, 'connection-policy', sid);
  if (!policy) throw missing(call);
  return policy;
}

export function createConnectionPolicy(call: Call<Form<typeof NameForm>>): Promise<Answer> {
  const sid = newSid('NY', call.service.clock.now());
  const now = timestamp(call);
  const policy = { sid, friendly_name: call.body.FriendlyName ?? null, date_created: now, date_updated: now };
  return change(call, async (view) => {
    if ((await readAll(view, 'connection-policy')).length >= MOST_POLICIES)
      throw refusal(21253, `An account has at most ${MOST_POLICIES} connection policies`);
    return { writes: [put('connection-policy', sid, policy)], result: render(call, policy) };
  });
}

export function listConnectionPolicies(call: Call): Promise<Answer> {
  return listPage(call, 'connection_policies', { kind: 'connection-policy' }, (policy) => render(call, policy));
}

export async function fetchConnectionPolicy(call: Call): Promise<Answer> {
  return render(call, await requirePolicy(call, call.service.ledger, pathId(call, 'Sid')));
}

export function updateConnectionPolicy(call: Call<Form<typeof NameForm>>): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    const known = await requirePolicy(call, view, sid);
    const { FriendlyName = known.friendly_name } = call.body;
    const policy = { ...known, friendly_name: FriendlyName, date_updated: timestamp(call) };
    return { writes: [put('connection-policy', sid, policy)], result: render(call, policy) };
  });
}

/** Takes its targets along. Refused while a BYOC trunk sends its calls by it. */
export function deleteConnectionPolicy(call: Call): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    await requirePolicy(call, view, sid);
    if ((await readAll(view, 'byoc-trunk')).some((trunk) => trunk.connection_policy_sid === sid))
      throw refusal(20001, 'A BYOC trunk uses the connection policy: change the trunk first');
    const targets = await readAll(view, 'connection-policy-target', childId(sid, ''));
    const writes = targets.map((target) => remove('connection-policy-target', childId(sid, target.sid)));
    return { writes: [remove('connection-policy', sid), ...writes], result: undefined };
  });
}

function render(call: Call, policy: ConnectionPolicy): object {
  const url = resourceUrl(call, `v1/ConnectionPolicies/${policy.sid}`);
  return { account_sid: call.service.accountSid, ...policy, url, links: { targets: `${url}/Targets` } };
}
