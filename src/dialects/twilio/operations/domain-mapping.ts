import { rfc2822 } from '../dates.ts';
import { childId, put, read, readAll, remove, type Documents, type Mapping } from '../documents.ts';
import { notFound, refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { MapCredentialList, MapIpAccessControlList } from '../schemas.ts';
import { resourceUri } from '../uris.ts';
import { requireDomain } from './sip-domain.ts';

/** Lists of one kind that one domain can have. */
const MOST_MAPPINGS = 100;

/** One of the vendor's mapping resources of a SIP domain. */
interface MappingNoun {
  readonly kind:
    | 'calls-credential-list-mapping'
    | 'calls-ip-access-control-list-mapping'
    | 'registrations-credential-list-mapping';
  readonly list: 'credential-list' | 'ip-access-control-list';
  /** The envelope's name of the array. */
  readonly key: string;
  /** The legacy resources say more: their last path segment, else undefined. */
  readonly legacy: string | undefined;
}

type MapForm = Form<typeof MapCredentialList> | Form<typeof MapIpAccessControlList>;

interface MappingOperations {
  readonly create: (call: Call<MapForm>) => Promise<Answer>;
  readonly list: (call: Call) => Promise<Answer>;
  readonly fetch: (call: Call) => Promise<Answer>;
  readonly remove: (call: Call) => Promise<Answer>;
}

const CONTENTS = { key: 'contents', legacy: undefined } as const;
const CALLS_CREDENTIALS = { kind: 'calls-credential-list-mapping', list: 'credential-list' } as const;
const CALLS_IP = { kind: 'calls-ip-access-control-list-mapping', list: 'ip-access-control-list' } as const;

export const callsCredentialListMapping = mappingOperations({ ...CALLS_CREDENTIALS, ...CONTENTS });
export const callsIpAccessControlListMapping = mappingOperations({ ...CALLS_IP, ...CONTENTS });
export const registrationsCredentialListMapping = mappingOperations({
  kind: 'registrations-credential-list-mapping',
  list: 'credential-list',
  ...CONTENTS,
});
/** The older resources: another way to the mappings for calls. */
export const legacyCredentialListMapping = mappingOperations({
  ...CALLS_CREDENTIALS,
  key: 'credential_list_mappings',
  legacy: 'CredentialListMappings',
});
export const legacyIpAccessControlListMapping = mappingOperations({
  ...CALLS_IP,
  key: 'ip_access_control_list_mappings',
  legacy: 'IpAccessControlListMappings',
});

function mappingOperations(noun: MappingNoun): MappingOperations {
  return {
    create(call) {
      const domain = pathId(call, 'DomainSid');
      const sid = 'CredentialListSid' in call.body ? call.body.CredentialListSid : call.body.IpAccessControlListSid;
      const now = timestamp(call);
      return change(call, async (view) => {
        await requireDomain(call, view, domain);
        if (!(await read(view, noun.list, sid))) throw notFound(listPath(noun, sid));
        const mappings = await readAll(view, noun.kind, childId(domain, ''));
        if (mappings.some((mapping) => mapping.sid === sid))
          throw refusal(21231, 'The list is mapped to this SIP domain already');
        if (mappings.length >= MOST_MAPPINGS)
          throw refusal(21231, `A SIP domain has at most ${MOST_MAPPINGS} mappings`);
        const mapping = { sid, date_created: now, date_updated: now };
        const writes = [put(noun.kind, childId(domain, sid), mapping)];
        return { writes, result: await render(call, view, noun, mapping) };
      });
    },
    async list(call) {
      const { ledger } = call.service;
      const parent = pathId(call, 'DomainSid');
      await requireDomain(call, ledger, parent);
      return listPage(call, noun.key, { kind: noun.kind, parent }, (mapping) => render(call, ledger, noun, mapping));
    },
    async fetch(call) {
      const { ledger } = call.service;
      return render(call, ledger, noun, await requireMapping(call, ledger, noun));
    },
    remove: (call) =>
      change(call, async (view) => {
        const { sid } = await requireMapping(call, view, noun);
        return { writes: [remove(noun.kind, childId(pathId(call, 'DomainSid'), sid))], result: undefined };
      }),
  };
}

async function requireMapping(call: Call, documents: Documents, { kind }: MappingNoun): Promise<Mapping> {
  const mapping = await read(documents, kind, childId(pathId(call, 'DomainSid'), pathId(call, 'Sid')));
  if (!mapping) throw missing(call);
  return mapping;
}

function listPath({ list }: MappingNoun, sid: string): string {
  return `/SIP/${list === 'credential-list' ? 'CredentialLists' : 'IpAccessControlLists'}/${sid}`;
}

/** A mapping has no name of its own: it shows the list's. */
async function render(call: Call, documents: Documents, noun: MappingNoun, mapping: Mapping): Promise<object> {
  const { sid, date_created, date_updated } = mapping;
  const list = await read(documents, noun.list, sid);
  const domain = pathId(call, 'DomainSid');
  return {
    account_sid: call.service.accountSid,
    date_created: rfc2822(date_created),
    date_updated: rfc2822(date_updated),
    friendly_name: list?.friendly_name ?? null,
    sid,
    ...(noun.legacy !== undefined && {
      domain_sid: domain,
      uri: resourceUri(call, `SIP/Domains/${domain}/${noun.legacy}/${sid}`),
    }),
  };
}
