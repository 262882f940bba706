import { childId, put, read, readAll, remove, type Documents, type Mapping } from '../documents.ts';
import { notFound, refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { MapCredentialList, MapIpAccessControlList } from '../schemas.ts';
import { resourceUrl } from '../uris.ts';
import { requireTrunk } from './trunk.ts';

/** Lists of one kind that one trunk can have. */
const MOST_LISTS = 100;

/** One of the two nouns that map a list to a trunk. */
interface ListNoun {
  readonly kind: 'trunk-credential-list' | 'trunk-ip-access-control-list';
  readonly list: 'credential-list' | 'ip-access-control-list';
  /** The envelope's name of the array. */
  readonly key: string;
  readonly path: 'CredentialLists' | 'IpAccessControlLists';
}

type MapForm = Form<typeof MapCredentialList> | Form<typeof MapIpAccessControlList>;

interface ListOperations {
  readonly create: (call: Call<MapForm>) => Promise<Answer>;
  readonly list: (call: Call) => Promise<Answer>;
  readonly fetch: (call: Call) => Promise<Answer>;
  readonly remove: (call: Call) => Promise<Answer>;
}

export const trunkCredentialList = listOperations({
  kind: 'trunk-credential-list',
  list: 'credential-list',
  key: 'credential_lists',
  path: 'CredentialLists',
});
export const trunkIpAccessControlList = listOperations({
  kind: 'trunk-ip-access-control-list',
  list: 'ip-access-control-list',
  key: 'ip_access_control_lists',
  path: 'IpAccessControlLists',
});

function listOperations(noun: ListNoun): ListOperations {
  return {
    create(call) {
      const trunk = pathId(call, 'TrunkSid');
      const sid = 'CredentialListSid' in call.body ? call.body.CredentialListSid : call.body.IpAccessControlListSid;
      const now = timestamp(call);
      return change(call, async (view) => {
        await requireTrunk(call, view, trunk);
        if (!(await read(view, noun.list, sid))) throw notFound(`/SIP/${noun.path}/${sid}`);
        const mappings = await readAll(view, noun.kind, childId(trunk, ''));
        if (mappings.some((mapping) => mapping.sid === sid))
          throw refusal(21245, 'The list is associated with this trunk already');
        if (mappings.length >= MOST_LISTS) throw refusal(21245, `A trunk has at most ${MOST_LISTS} lists of one kind`);
        const mapping = { sid, date_created: now, date_updated: now };
        const writes = [put(noun.kind, childId(trunk, sid), mapping)];
        return { writes, result: await render(call, view, noun, mapping) };
      });
    },
    async list(call) {
      const { ledger } = call.service;
      const parent = pathId(call, 'TrunkSid');
      await requireTrunk(call, ledger, parent);
      return listPage(call, noun.key, { kind: noun.kind, parent }, (mapping) => render(call, ledger, noun, mapping));
    },
    async fetch(call) {
      const { ledger } = call.service;
      return render(call, ledger, noun, await requireMapping(call, ledger, noun));
    },
    remove: (call) =>
      change(call, async (view) => {
        const { sid } = await requireMapping(call, view, noun);
        return { writes: [remove(noun.kind, childId(pathId(call, 'TrunkSid'), sid))], result: undefined };
      }),
  };
}

async function requireMapping(call: Call, documents: Documents, { kind }: ListNoun): Promise<Mapping> {
  const mapping = await read(documents, kind, childId(pathId(call, 'TrunkSid'), pathId(call, 'Sid')));
  if (!mapping) throw missing(call);
  return mapping;
}

/** A mapping has no name of its own: it shows the list's. */
async function render(call: Call, documents: Documents, noun: ListNoun, mapping: Mapping): Promise<object> {
  const list = await read(documents, noun.list, mapping.sid);
  const trunk = pathId(call, 'TrunkSid');
  return {
    account_sid: call.service.accountSid,
    ...mapping,
    trunk_sid: trunk,
    friendly_name: list?.friendly_name ?? null,
    url: resourceUrl(call, `v1/Trunks/${trunk}/${noun.path}/${mapping.sid}`),
  };
}
