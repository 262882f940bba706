import { childId, put, read, readAll, remove, type ConnectionPolicyTarget, type Documents } from '../documents.ts';
import { refusal } from '../errors.ts';
import { updated, type Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { CreateTarget, UpdateTarget } from '../schemas-v1.ts';
import { newSid } from '../sids.ts';
import { readSipUrl } from '../sip-url.ts';
import { resourceUrl } from '../uris.ts';
import { requirePolicy } from './connection-policy.ts';

const MOST_TARGETS = 100;

export function createTarget(call: Call<Form<typeof CreateTarget>>): Promise<Answer> {
  const policy = pathId(call, 'ConnectionPolicySid');
  const now = timestamp(call);
  const target: ConnectionPolicyTarget = {
    sid: newSid('NE', call.service.clock.now()),
    connection_policy_sid: policy,
    target: call.body.Target,
    ...members(call.body, undefined),
    date_created: now,
    date_updated: now,
  };
  return change(call, async (view) => {
    await requirePolicy(call, view, policy);
    refuseMalformed(target);
    if ((await readAll(view, 'connection-policy-target', childId(policy, ''))).length >= MOST_TARGETS)
      throw refusal(21254, `A connection policy has at most ${MOST_TARGETS} targets`);
    const writes = [put('connection-policy-target', childId(policy, target.sid), target)];
    return { writes, result: render(call, target) };
  });
}

export async function listTargets(call: Call): Promise<Answer> {
  const parent = pathId(call, 'ConnectionPolicySid');
  await requirePolicy(call, call.service.ledger, parent);
  return listPage(call, 'targets', { kind: 'connection-policy-target', parent }, (target) => render(call, target));
}

export async function fetchTarget(call: Call): Promise<Answer> {
  return render(call, await requireTarget(call, call.service.ledger));
}

export function updateTarget(call: Call<Form<typeof UpdateTarget>>): Promise<Answer> {
  return change(call, async (view) => {
    const known = await requireTarget(call, view);
    const target: ConnectionPolicyTarget = {
      ...known,
      target: call.body.Target ?? known.target,
      ...members(call.body, known),
      date_updated: timestamp(call),
    };
    refuseMalformed(target);
    const id = childId(known.connection_policy_sid, known.sid);
    return { writes: [put('connection-policy-target', id, target)], result: render(call, target) };
  });
}

export function deleteTarget(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { connection_policy_sid: policy, sid } = await requireTarget(call, view);
    return { writes: [remove('connection-policy-target', childId(policy, sid))], result: undefined };
  });
}

async function requireTarget(call: Call, documents: Documents): Promise<ConnectionPolicyTarget> {
  const id = childId(pathId(call, 'ConnectionPolicySid'), pathId(call, 'Sid'));
  const target = await read(documents, 'connection-policy-target', id);
  if (!target) throw missing(call);
  return target;
}

function refuseMalformed({ target }: ConnectionPolicyTarget): void {
  if (!readSipUrl(target)) throw refusal(20001, 'Target must be a sip: URL that names a host');
}

function members(
  form: Form<typeof UpdateTarget>,
  known: ConnectionPolicyTarget | undefined,
): Pick<ConnectionPolicyTarget, 'friendly_name' | 'priority' | 'weight' | 'enabled'> {
  return {
    friendly_name: updated(form.FriendlyName, known?.friendly_name, null),
    priority: updated(form.Priority, known?.priority, 10),
    weight: updated(form.Weight, known?.weight, 10),
    enabled: updated(form.Enabled, known?.enabled, true),
  };
}

function render(call: Call, target: ConnectionPolicyTarget): object {
  const place = `v1/ConnectionPolicies/${target.connection_policy_sid}/Targets/${target.sid}`;
  return { account_sid: call.service.accountSid, ...target, url: resourceUrl(call, place) };
}
