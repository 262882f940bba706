import { childId, put, read, readAll, remove, type Documents, type Mapping } from '../documents.ts';
import { notFound, refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { MapCredentialList, MapIpAccessControlList } from '../schemas.ts';

/** Lists of one kind that one domain or trunk can have. */
const MOST_MAPPINGS = 100;

/** A noun of the vendor's that maps lists of one kind to a SIP domain or a trunk. */
export interface MappingNoun {
  readonly kind:
    | 'calls-credential-list-mapping'
    | 'calls-ip-access-control-list-mapping'
    | 'registrations-credential-list-mapping'
    | 'trunk-credential-list'
    | 'trunk-ip-access-control-list';
  readonly list: 'credential-list' | 'ip-access-control-list';
  /** The envelope's name of the array. */
  readonly key: string;
  /** The path's name of what the lists are mapped to. */
  readonly parent: 'DomainSid' | 'TrunkSid';
  /** Throws when there is no such parent. */
  readonly requireParent: (call: Call, documents: Documents, sid: string) => Promise<unknown>;
  /** The vendor's code, and what it says, when the list is mapped already and when there are too many. */
  readonly refused: {
    readonly code: 21231 | 21245;
    readonly already: string;
    readonly tooMany: (most: number) => string;
  };
  /** A mapping has no name of its own: it shows the list's. */
  readonly render: (call: Call, mapping: Mapping, friendlyName: string | null) => object;
}

type MapForm = Form<typeof MapCredentialList> | Form<typeof MapIpAccessControlList>;

interface MappingOperations {
  readonly create: (call: Call<MapForm>) => Promise<Answer>;
  readonly list: (call: Call) => Promise<Answer>;
  readonly fetch: (call: Call) => Promise<Answer>;
  readonly remove: (call: Call) => Promise<Answer>;
}

/** The four operations of such a noun. */
export function mappingOperations(noun: MappingNoun): MappingOperations {
  const { kind, refused } = noun;
  const parentOf = (call: Call): string => pathId(call, noun.parent);
  const requireMapping = async (call: Call, documents: Documents): Promise<Mapping> => {
    const mapping = await read(documents, kind, childId(parentOf(call), pathId(call, 'Sid')));
    if (!mapping) throw missing(call);
    return mapping;
  };
  const render = async (call: Call, documents: Documents, mapping: Mapping): Promise<object> => {
    const list = await read(documents, noun.list, mapping.sid);
    return noun.render(call, mapping, list?.friendly_name ?? null);
  };
  return {
    create(call) {
      const parent = parentOf(call);
      const sid = 'CredentialListSid' in call.body ? call.body.CredentialListSid : call.body.IpAccessControlListSid;
      const now = timestamp(call);
      return change(call, async (view) => {
        await noun.requireParent(call, view, parent);
        if (!(await read(view, noun.list, sid))) throw notFound(listPath(noun, sid));
        const mappings = await readAll(view, kind, childId(parent, ''));
        if (mappings.some((mapping) => mapping.sid === sid)) throw refusal(refused.code, refused.already);
        if (mappings.length >= MOST_MAPPINGS) throw refusal(refused.code, refused.tooMany(MOST_MAPPINGS));
        const mapping = { sid, date_created: now, date_updated: now };
        const writes = [put(kind, childId(parent, sid), mapping)];
        return { writes, result: await render(call, view, mapping) };
      });
    },
    async list(call) {
      const { ledger } = call.service;
      const parent = parentOf(call);
      await noun.requireParent(call, ledger, parent);
      return listPage(call, noun.key, { kind, parent }, (mapping) => render(call, ledger, mapping));
    },
    async fetch(call) {
      const { ledger } = call.service;
      return render(call, ledger, await requireMapping(call, ledger));
    },
    remove: (call) =>
      change(call, async (view) => {
        const { sid } = await requireMapping(call, view);
        return { writes: [remove(kind, childId(parentOf(call), sid))], result: undefined };
      }),
  };
}

function listPath({ list }: MappingNoun, sid: string): string {
  return `/SIP/${list === 'credential-list' ? 'CredentialLists' : 'IpAccessControlLists'}/${sid}`;
}
