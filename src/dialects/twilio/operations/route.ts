import { hash } from 'node:crypto';
import { put, read, readAll, type Documents, type Kind, type Route } from '../documents.ts';
import { updated, type Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import type { RouteForm } from '../schemas-v1.ts';
import { resourceUrl } from '../uris.ts';

/** Where calls are processed until somebody says otherwise. */
const HOME_REGION = 'us1';

/** One of the three nouns that have an inbound processing region. */
interface RouteNoun {
  readonly kind: Extract<Kind, 'sip-domain-route' | 'trunk-route' | 'phone-number-route'>;
  /** The name's place in the path, and in the answer. */
  readonly parameter: string;
  readonly member: string;
  readonly path: string;
  /** Whether the account has what the name names. */
  readonly exists: (documents: Documents, name: string) => Promise<boolean>;
}

interface RouteOperations {
  readonly fetch: (call: Call) => Promise<Answer>;
  readonly update: (call: Call<Form<typeof RouteForm>>) => Promise<Answer>;
}

export const sipDomainRoute = routeOperations({
  kind: 'sip-domain-route',
  parameter: 'SipDomain',
  member: 'sip_domain',
  path: 'SipDomains',
  exists: async (documents, name) => (await readAll(documents, 'sip-domain')).some((one) => one.domain_name === name),
});
export const trunkRoute = routeOperations({
  kind: 'trunk-route',
  parameter: 'SipTrunkDomain',
  member: 'sip_trunk_domain',
  path: 'Trunks',
  exists: async (documents, name) => (await readAll(documents, 'trunk')).some((one) => one.domain_name === name),
});
export const phoneNumberRoute = routeOperations({
  kind: 'phone-number-route',
  parameter: 'PhoneNumber',
  member: 'phone_number',
  path: 'PhoneNumbers',
  exists: async (documents, name) => (await read(documents, 'phone-number-holder', name)) !== undefined,
});

/** Kept only: this gate has one place, and every call is processed there. */
function routeOperations(noun: RouteNoun): RouteOperations {
  const nameOf = (call: Call): string => pathId(call, noun.parameter).toLowerCase();
  return {
    async fetch(call) {
      const { ledger } = call.service;
      return render(call, noun, nameOf(call), await routeOf(call, ledger, noun, nameOf(call)));
    },
    update(call) {
      const name = nameOf(call);
      return change(call, async (view) => {
        const known = await routeOf(call, view, noun, name);
        const route: Route = {
          ...known,
          friendly_name: updated(call.body.FriendlyName, known.friendly_name, null),
          voice_region: updated(call.body.VoiceRegion, known.voice_region, HOME_REGION),
          date_updated: timestamp(call),
        };
        return { writes: [put(noun.kind, name, route)], result: render(call, noun, name, route) };
      });
    },
  };
}

/** What was kept, or what holds for a name that nothing was kept of; throws 20404 where the account has no such name. */
async function routeOf(call: Call, documents: Documents, noun: RouteNoun, name: string): Promise<Route> {
  if (!(await noun.exists(documents, name))) throw missing(call);
  const known = await read(documents, noun.kind, name);
  const now = timestamp(call);
  // The same before and after the first change.
  const sid = `QQ${hash('md5', `${noun.kind} ${name}`)}`;
  return known ?? { sid, friendly_name: null, voice_region: HOME_REGION, date_created: now, date_updated: now };
}

function render(call: Call, { member, path }: RouteNoun, name: string, route: Route): object {
  return {
    [member]: name,
    url: resourceUrl(call, `v2/${path}/${name}`),
    account_sid: call.service.accountSid,
    ...route,
  };
}
