import { authTypes } from '../auth-type.ts';
import { childId, put, read, readAll, remove, type Documents, type Trunk } from '../documents.ts';
import { refusal } from '../errors.ts';
import { updated, type Form } from '../form.ts';
import { labelOf } from '../host-names.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { RecordingForm, TrunkForm } from '../schemas-v1.ts';
import { newSid } from '../sids.ts';
import { resourceUrl } from '../uris.ts';

const MOST_TRUNKS = 100;

const AUTHENTICATION = { ip: 'trunk-ip-access-control-list', credentials: 'trunk-credential-list' } as const;

const NOT_RECORDED: Trunk['recording'] = { mode: 'do-not-record', trim: 'do-not-trim' };

/** The trunk of this SID; throws 20404. */
export async function requireTrunk(call: Call, documents: Documents, sid: string): Promise<Trunk> {
  const trunk = await read(documents, 'trunk', sid);
  if (!trunk) throw missing(call);
  return trunk;
}

export function createTrunk(call: Call<Form<typeof TrunkForm>>): Promise<Answer> {
  const sid = newSid('TK', call.service.clock.now());
  const now = timestamp(call);
  return change(call, async (view) => {
    const trunks = await readAll(view, 'trunk');
    if (trunks.length >= MOST_TRUNKS) throw refusal(21244, `An account has at most ${MOST_TRUNKS} trunks`);
    if (call.body.DomainName) refuseName(call, call.body.DomainName, trunks);
    const trunk: Trunk = {
      sid,
      ...members(call.body, undefined),
      recording: NOT_RECORDED,
      date_created: now,
      date_updated: now,
    };
    return { writes: [put('trunk', sid, trunk)], result: await render(call, view, trunk) };
  });
}

export function listTrunks(call: Call): Promise<Answer> {
  return listPage(call, 'trunks', { kind: 'trunk' }, (trunk) => render(call, call.service.ledger, trunk));
}

export async function fetchTrunk(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  return render(call, ledger, await requireTrunk(call, ledger, pathId(call, 'Sid')));
}

export function updateTrunk(call: Call<Form<typeof TrunkForm>>): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    const known = await requireTrunk(call, view, sid);
    const { DomainName } = call.body;
    if (DomainName !== undefined && (DomainName?.toLowerCase() ?? null) !== known.domain_name) {
      const others = (await readAll(view, 'trunk')).filter((trunk) => trunk.sid !== sid);
      if (DomainName) refuseName(call, DomainName, others);
      refuseWithSubdomains(call, known, others);
    }
    const trunk: Trunk = { ...known, ...members(call.body, known), date_updated: timestamp(call) };
    return { writes: [put('trunk', sid, trunk)], result: await render(call, view, trunk) };
  });
}

/** Takes its URLs and mappings along and lets go of its numbers, which the account keeps. Refused while it has sub-domains. */
export function deleteTrunk(call: Call): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    const trunk = await requireTrunk(call, view, sid);
    refuseWithSubdomains(call, trunk, await readAll(view, 'trunk'));
    const writes = [remove('trunk', sid)];
    for (const kind of ['origination-url', AUTHENTICATION.ip, AUTHENTICATION.credentials] as const)
      for (const child of await readAll(view, kind, childId(sid, '')))
        writes.push(remove(kind, childId(sid, child.sid)));
    for (const number of await readAll(view, 'incoming-phone-number'))
      if (number.trunk_sid === sid)
        writes.push(
          put('incoming-phone-number', number.sid, { ...number, trunk_sid: null, date_updated: timestamp(call) }),
        );
    return { writes, result: undefined };
  });
}

export async function fetchRecording(call: Call): Promise<Answer> {
  return (await requireTrunk(call, call.service.ledger, pathId(call, 'TrunkSid'))).recording;
}

/** Kept with the trunk; nothing is recorded. */
export function updateRecording(call: Call<Form<typeof RecordingForm>>): Promise<Answer> {
  const sid = pathId(call, 'TrunkSid');
  return change(call, async (view) => {
    const known = await requireTrunk(call, view, sid);
    const recording: Trunk['recording'] = {
      mode: updated(call.body.Mode, known.recording.mode, NOT_RECORDED.mode),
      trim: updated(call.body.Trim, known.recording.trim, NOT_RECORDED.trim),
    };
    return { writes: [put('trunk', sid, { ...known, recording, date_updated: timestamp(call) })], result: recording };
  });
}

/** Names are unique, whatever domain they end in; a sub-domain needs its parent. */
function refuseName(call: Call, name: string, others: readonly Trunk[]): void {
  const label = labelOf(name, 'pstn', call.service.domain);
  if (label === undefined)
    throw refusal(21245, 'DomainName must be letters, digits and hyphens, and end in pstn.twilio.com');
  const labels = new Set(others.flatMap((other) => labelIn(call, other) ?? []));
  if (labels.has(label)) throw refusal(21248, 'DomainName is taken by another trunk');
  const parent = label.slice(label.indexOf('.') + 1);
  if (parent !== label && !labels.has(parent))
    throw refusal(21247, 'The parent of a sub-domain must be the DomainName of a trunk');
}

function refuseWithSubdomains(call: Call, trunk: Trunk, trunks: readonly Trunk[]): void {
  const label = labelIn(call, trunk);
  if (label !== undefined && trunks.some((other) => labelIn(call, other)?.endsWith(`.${label}`)))
    throw refusal(21247, 'The trunk has sub-domains: delete these first');
}

function labelIn(call: Call, { domain_name }: Trunk): string | undefined {
  return domain_name === null ? undefined : labelOf(domain_name, 'pstn', call.service.domain);
}

/** What was sent in place of what is known; what was sent empty goes back to the default. */
function members(
  form: Form<typeof TrunkForm>,
  known: Trunk | undefined,
): Omit<Trunk, 'sid' | 'recording' | 'date_created' | 'date_updated'> {
  return {
    domain_name: updated(form.DomainName?.toLowerCase() ?? form.DomainName, known?.domain_name, null),
    friendly_name: updated(form.FriendlyName, known?.friendly_name, null),
    disaster_recovery_url: updated(form.DisasterRecoveryUrl, known?.disaster_recovery_url, null),
    disaster_recovery_method: updated(form.DisasterRecoveryMethod, known?.disaster_recovery_method, 'POST'),
    transfer_mode: updated(form.TransferMode, known?.transfer_mode, 'disable-all'),
    transfer_caller_id: updated(form.TransferCallerId, known?.transfer_caller_id, 'from-transferee'),
    secure: updated(form.Secure, known?.secure, false),
    cnam_lookup_enabled: updated(form.CnamLookupEnabled, known?.cnam_lookup_enabled, false),
  };
}

async function render(call: Call, documents: Documents, trunk: Trunk): Promise<object> {
  const types = await authTypes(documents, trunk.sid, AUTHENTICATION);
  const url = resourceUrl(call, `v1/Trunks/${trunk.sid}`);
  return {
    account_sid: call.service.accountSid,
    ...trunk,
    symmetric_rtp_enabled: false,
    auth_type: types.join(','),
    auth_type_set: types,
    url,
    links: {
      origination_urls: `${url}/OriginationUrls`,
      credential_lists: `${url}/CredentialLists`,
      ip_access_control_lists: `${url}/IpAccessControlLists`,
      phone_numbers: `${url}/PhoneNumbers`,
    },
  };
}
