import { authTypes } from '../auth-type.ts';
import { rfc2822 } from '../dates.ts';
import { childId, put, read, readAll, remove, type Documents, type SipDomain } from '../documents.ts';
import { refusal } from '../errors.ts';
import { updated, type Form } from '../form.ts';
import { labelOf } from '../host-names.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { CreateDomain, UpdateDomain } from '../schemas.ts';
import { newSid } from '../sids.ts';
import { resourceUri } from '../uris.ts';

const MOST_DOMAINS = 100;

const CALLS = { ip: 'calls-ip-access-control-list-mapping', credentials: 'calls-credential-list-mapping' } as const;

/** Kinds of mapping that live and die with a domain. */
const MAPPINGS = [CALLS.ip, CALLS.credentials, 'registrations-credential-list-mapping'] as const;

/** The domain of this SID; throws 20404. */
export async function requireDomain(call: Call, documents: Documents, sid: string): Promise<SipDomain> {
  const domain = await read(documents, 'sip-domain', sid);
  if (!domain) throw missing(call);
  return domain;
}

export function createDomain(call: Call<Form<typeof CreateDomain>>): Promise<Answer> {
  const sid = newSid('SD', call.service.clock.now());
  const now = timestamp(call);
  return change(call, async (view) => {
    const domains = await readAll(view, 'sip-domain');
    if (domains.length >= MOST_DOMAINS) throw refusal(21230, `An account has at most ${MOST_DOMAINS} SIP domains`);
    refuseName(call, call.body.DomainName, domains);
    await refuseUnknown(view, call.body);
    const domain = { sid, ...members(call.body, undefined), date_created: now, date_updated: now };
    return { writes: [put('sip-domain', sid, domain)], result: await render(call, view, domain) };
  });
}

export function listDomains(call: Call): Promise<Answer> {
  return listPage(call, 'domains', { kind: 'sip-domain' }, (domain) => render(call, call.service.ledger, domain));
}

export async function fetchDomain(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  return render(call, ledger, await requireDomain(call, ledger, pathId(call, 'Sid')));
}

export function updateDomain(call: Call<Form<typeof UpdateDomain>>): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    const known = await requireDomain(call, view, sid);
    const { DomainName } = call.body;
    if (DomainName === null) throw invalidName();
    if (DomainName !== undefined && DomainName.toLowerCase() !== known.domain_name) {
      const domains = await readAll(view, 'sip-domain');
      refuseName(
        call,
        DomainName,
        domains.filter((domain) => domain.sid !== sid),
      );
      refuseWithSubdomains(call, known, domains);
    }
    await refuseUnknown(view, call.body);
    const domain = { ...known, ...members(call.body, known), date_updated: timestamp(call) };
    return { writes: [put('sip-domain', sid, domain)], result: await render(call, view, domain) };
  });
}

/** Takes its mappings along and lets go of who refers to it; the lists stay. Refused while it has sub-domains. */
export function deleteDomain(call: Call): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    refuseWithSubdomains(call, await requireDomain(call, view, sid), await readAll(view, 'sip-domain'));
    const writes = [remove('sip-domain', sid)];
    for (const kind of MAPPINGS)
      for (const mapping of await readAll(view, kind, childId(sid, '')))
        writes.push(remove(kind, childId(sid, mapping.sid)));
    for (const mapping of await readAll(view, 'source-ip-mapping'))
      if (mapping.sip_domain_sid === sid) writes.push(remove('source-ip-mapping', mapping.sid));
    for (const trunk of await readAll(view, 'byoc-trunk'))
      if (trunk.from_domain_sid === sid) writes.push(put('byoc-trunk', trunk.sid, { ...trunk, from_domain_sid: null }));
    return { writes, result: undefined };
  });
}

/** Names are unique, whatever domain they end in; a sub-domain needs its parent; an AccountSid is its account's only. */
function refuseName(call: Call, name: string, others: readonly SipDomain[]): void {
  const { accountSid, domain } = call.service;
  const label = labelOf(name, 'sip', domain);
  if (label === undefined) throw invalidName();
  const labels = new Set(others.map((other) => labelOf(other.domain_name, 'sip', domain)));
  if (labels.has(label)) throw refusal(21231, 'Invalid Domain Name: it is taken');
  const last = label.slice(label.lastIndexOf('.') + 1);
  if (/^ac[0-9a-f]{32}$/.test(last) && last !== accountSid.toLowerCase())
    throw refusal(21231, 'Invalid Domain Name: it is reserved for another account');
  const parent = label.slice(label.indexOf('.') + 1);
  if (parent !== label && !labels.has(parent))
    throw refusal(21232, 'Invalid Domain Name: the parent of a sub-domain must exist');
}

function invalidName(): Error {
  return refusal(21231, 'Invalid Domain Name');
}

function refuseWithSubdomains(call: Call, { domain_name }: SipDomain, domains: readonly SipDomain[]): void {
  const label = labelOf(domain_name, 'sip', call.service.domain);
  if (domains.some((other) => labelOf(other.domain_name, 'sip', call.service.domain)?.endsWith(`.${label}`)))
    throw refusal(21233, 'The SIP domain has sub-domains: delete these first');
}

async function refuseUnknown(documents: Documents, form: Form<typeof UpdateDomain>): Promise<void> {
  const { ByocTrunkSid, EmergencyCallerSid } = form;
  if (ByocTrunkSid && !(await read(documents, 'byoc-trunk', ByocTrunkSid)))
    throw refusal(21300, 'ByocTrunkSid names no BYOC trunk');
  if (EmergencyCallerSid && !(await read(documents, 'incoming-phone-number', EmergencyCallerSid)))
    throw refusal(21231, 'EmergencyCallerSid names no phone number of the account');
}

/** What was sent in place of what is known; what was sent empty goes back to the default. */
function members(
  form: Form<typeof UpdateDomain>,
  known: SipDomain | undefined,
): Omit<SipDomain, 'sid' | 'date_created' | 'date_updated'> {
  return {
    domain_name: form.DomainName?.toLowerCase() ?? known?.domain_name ?? '',
    friendly_name: updated(form.FriendlyName, known?.friendly_name, null),
    voice_url: updated(form.VoiceUrl, known?.voice_url, null),
    voice_method: updated(form.VoiceMethod, known?.voice_method, 'POST'),
    voice_fallback_url: updated(form.VoiceFallbackUrl, known?.voice_fallback_url, null),
    voice_fallback_method: updated(form.VoiceFallbackMethod, known?.voice_fallback_method, 'POST'),
    voice_status_callback_url: updated(form.VoiceStatusCallbackUrl, known?.voice_status_callback_url, null),
    voice_status_callback_method: updated(form.VoiceStatusCallbackMethod, known?.voice_status_callback_method, 'POST'),
    sip_registration: updated(form.SipRegistration, known?.sip_registration, false),
    emergency_calling_enabled: updated(form.EmergencyCallingEnabled, known?.emergency_calling_enabled, false),
    secure: updated(form.Secure, known?.secure, false),
    byoc_trunk_sid: updated(form.ByocTrunkSid, known?.byoc_trunk_sid, null),
    emergency_caller_sid: updated(form.EmergencyCallerSid, known?.emergency_caller_sid, null),
  };
}

async function render(call: Call, documents: Documents, domain: SipDomain): Promise<object> {
  const { sid, date_created, date_updated, ...rest } = domain;
  const path = `SIP/Domains/${sid}`;
  return {
    account_sid: call.service.accountSid,
    api_version: '2010-04-01',
    auth_type: (await authTypes(documents, sid, CALLS)).join(','),
    date_created: rfc2822(date_created),
    date_updated: rfc2822(date_updated),
    sid,
    ...rest,
    subresource_uris: {
      credential_list_mappings: resourceUri(call, `${path}/CredentialListMappings`),
      ip_access_control_list_mappings: resourceUri(call, `${path}/IpAccessControlListMappings`),
    },
    uri: resourceUri(call, path),
  };
}
