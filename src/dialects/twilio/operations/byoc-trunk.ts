import { put, read, readAll, remove, type ByocTrunk, type Documents } from '../documents.ts';
import { refusal } from '../errors.ts';
import { updated, type Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { ByocTrunkForm } from '../schemas-v1.ts';
import { newSid } from '../sids.ts';
import { resourceUrl } from '../uris.ts';

const MOST_TRUNKS = 100;

export function createByocTrunk(call: Call<Form<typeof ByocTrunkForm>>): Promise<Answer> {
  const sid = newSid('BY', call.service.clock.now());
  const now = timestamp(call);
  return change(call, async (view) => {
    await refuseUnknown(view, call.body);
    if ((await readAll(view, 'byoc-trunk')).length >= MOST_TRUNKS)
      throw refusal(21244, `An account has at most ${MOST_TRUNKS} BYOC trunks`);
    const trunk: ByocTrunk = { sid, ...members(call.body, undefined), date_created: now, date_updated: now };
    return { writes: [put('byoc-trunk', sid, trunk)], result: render(call, trunk) };
  });
}

export function listByocTrunks(call: Call): Promise<Answer> {
  return listPage(call, 'byoc_trunks', { kind: 'byoc-trunk' }, (trunk) => render(call, trunk));
}

export async function fetchByocTrunk(call: Call): Promise<Answer> {
  return render(call, await requireByocTrunk(call, call.service.ledger));
}

export function updateByocTrunk(call: Call<Form<typeof ByocTrunkForm>>): Promise<Answer> {
  return change(call, async (view) => {
    const known = await requireByocTrunk(call, view);
    await refuseUnknown(view, call.body);
    const trunk: ByocTrunk = { ...known, ...members(call.body, known), date_updated: timestamp(call) };
    return { writes: [put('byoc-trunk', known.sid, trunk)], result: render(call, trunk) };
  });
}

/** Refused while a SIP domain is linked to it: its calls would go to another webhook unasked. */
export function deleteByocTrunk(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { sid } = await requireByocTrunk(call, view);
    if ((await readAll(view, 'sip-domain')).some((domain) => domain.byoc_trunk_sid === sid))
      throw refusal(21300, 'A SIP domain is linked to the BYOC trunk: change the domain first');
    return { writes: [remove('byoc-trunk', sid)], result: undefined };
  });
}

async function requireByocTrunk(call: Call, documents: Documents): Promise<ByocTrunk> {
  const trunk = await read(documents, 'byoc-trunk', pathId(call, 'Sid'));
  if (!trunk) throw missing(call);
  return trunk;
}

async function refuseUnknown(documents: Documents, form: Form<typeof ByocTrunkForm>): Promise<void> {
  const { ConnectionPolicySid, FromDomainSid } = form;
  if (ConnectionPolicySid && !(await read(documents, 'connection-policy', ConnectionPolicySid)))
    throw refusal(20001, 'ConnectionPolicySid names no connection policy');
  if (FromDomainSid && !(await read(documents, 'sip-domain', FromDomainSid)))
    throw refusal(20001, 'FromDomainSid names no SIP domain');
}

/** What was sent in place of what is known; what was sent empty goes back to the default. */
function members(
  form: Form<typeof ByocTrunkForm>,
  known: ByocTrunk | undefined,
): Omit<ByocTrunk, 'sid' | 'date_created' | 'date_updated'> {
  return {
    friendly_name: updated(form.FriendlyName, known?.friendly_name, null),
    voice_url: updated(form.VoiceUrl, known?.voice_url, null),
    voice_method: updated(form.VoiceMethod, known?.voice_method, 'POST'),
    voice_fallback_url: updated(form.VoiceFallbackUrl, known?.voice_fallback_url, null),
    voice_fallback_method: updated(form.VoiceFallbackMethod, known?.voice_fallback_method, 'POST'),
    status_callback_url: updated(form.StatusCallbackUrl, known?.status_callback_url, null),
    status_callback_method: updated(form.StatusCallbackMethod, known?.status_callback_method, 'POST'),
    cnam_lookup_enabled: updated(form.CnamLookupEnabled, known?.cnam_lookup_enabled, false),
    connection_policy_sid: updated(form.ConnectionPolicySid, known?.connection_policy_sid, null),
    from_domain_sid: updated(form.FromDomainSid, known?.from_domain_sid, null),
  };
}

function render(call: Call, trunk: ByocTrunk): object {
  return { account_sid: call.service.accountSid, ...trunk, url: resourceUrl(call, `v1/ByocTrunks/${trunk.sid}`) };
}
