import { childId, put, read, readAll, remove, type Documents, type OriginationUrl } from '../documents.ts';
import { refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { CreateOriginationUrl, UpdateOriginationUrl } from '../schemas-v1.ts';
import { newSid } from '../sids.ts';
import { readSipUrl } from '../sip-url.ts';
import { resourceUrl } from '../uris.ts';
import { requireTrunk } from './trunk.ts';

const MOST_URLS = 10;

/** What the vendor documents for a member that was sent empty. */
const DEFAULTS = { weight: 10, priority: 10, enabled: true };

export function createOriginationUrl(call: Call<Form<typeof CreateOriginationUrl>>): Promise<Answer> {
  const trunk = pathId(call, 'TrunkSid');
  const { Weight, Priority, Enabled, FriendlyName, SipUrl } = call.body;
  const now = timestamp(call);
  const url: OriginationUrl = {
    sid: newSid('OU', call.service.clock.now()),
    trunk_sid: trunk,
    friendly_name: FriendlyName,
    sip_url: SipUrl,
    weight: Weight,
    priority: Priority,
    enabled: Enabled,
    date_created: now,
    date_updated: now,
  };
  return change(call, async (view) => {
    await requireTrunk(call, view, trunk);
    refuseMalformed(SipUrl);
    if ((await readAll(view, 'origination-url', childId(trunk, ''))).length >= MOST_URLS)
      throw refusal(21249, `A trunk has at most ${MOST_URLS} origination URLs`);
    return { writes: [put('origination-url', childId(trunk, url.sid), url)], result: render(call, url) };
  });
}

export async function listOriginationUrls(call: Call): Promise<Answer> {
  const parent = pathId(call, 'TrunkSid');
  await requireTrunk(call, call.service.ledger, parent);
  return listPage(call, 'origination_urls', { kind: 'origination-url', parent }, (url) => render(call, url));
}

export async function fetchOriginationUrl(call: Call): Promise<Answer> {
  return render(call, await requireUrl(call, call.service.ledger));
}

export function updateOriginationUrl(call: Call<Form<typeof UpdateOriginationUrl>>): Promise<Answer> {
  const { Weight, Priority, Enabled, FriendlyName, SipUrl } = call.body;
  return change(call, async (view) => {
    const known = await requireUrl(call, view);
    const url: OriginationUrl = {
      ...known,
      friendly_name: FriendlyName === null ? '' : (FriendlyName ?? known.friendly_name),
      sip_url: SipUrl ?? known.sip_url,
      weight: Weight === null ? DEFAULTS.weight : (Weight ?? known.weight),
      priority: Priority === null ? DEFAULTS.priority : (Priority ?? known.priority),
      enabled: Enabled === null ? DEFAULTS.enabled : (Enabled ?? known.enabled),
      date_updated: timestamp(call),
    };
    refuseMalformed(url.sip_url);
    return { writes: [put('origination-url', childId(known.trunk_sid, known.sid), url)], result: render(call, url) };
  });
}

export function deleteOriginationUrl(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { trunk_sid, sid } = await requireUrl(call, view);
    return { writes: [remove('origination-url', childId(trunk_sid, sid))], result: undefined };
  });
}

async function requireUrl(call: Call, documents: Documents): Promise<OriginationUrl> {
  const url = await read(documents, 'origination-url', childId(pathId(call, 'TrunkSid'), pathId(call, 'Sid')));
  if (!url) throw missing(call);
  return url;
}

function refuseMalformed(url: string): void {
  if (!readSipUrl(url)) throw refusal(21245, 'SipUrl must be a sip: URL that names a host');
}

function render(call: Call, url: OriginationUrl): object {
  const place = `v1/Trunks/${url.trunk_sid}/OriginationUrls/${url.sid}`;
  return { account_sid: call.service.accountSid, ...url, url: resourceUrl(call, place) };
}
