import { put, read, type Documents, type IncomingPhoneNumber } from '../documents.ts';
import { notFound } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import { FIXED_MEMBERS } from '../phone-numbers.ts';
import type { MapPhoneNumber } from '../schemas-v1.ts';
import { resourceUri, resourceUrl } from '../uris.ts';
import { requireTrunk } from './trunk.ts';

/** The number's calls go to the trunk from then on, whatever they went to before. */
export function createTrunkPhoneNumber(call: Call<Form<typeof MapPhoneNumber>>): Promise<Answer> {
  const trunk = pathId(call, 'TrunkSid');
  const { PhoneNumberSid: sid } = call.body;
  return change(call, async (view) => {
    await requireTrunk(call, view, trunk);
    const known = await read(view, 'incoming-phone-number', sid);
    if (!known) throw notFound(`/IncomingPhoneNumbers/${sid}`);
    const number = { ...known, trunk_sid: trunk, voice_application_sid: null, date_updated: timestamp(call) };
    return { writes: [put('incoming-phone-number', sid, number)], result: render(call, number) };
  });
}

export async function listTrunkPhoneNumbers(call: Call): Promise<Answer> {
  const trunk = pathId(call, 'TrunkSid');
  await requireTrunk(call, call.service.ledger, trunk);
  const keep = (number: IncomingPhoneNumber): boolean => number.trunk_sid === trunk;
  return listPage(call, 'phone_numbers', { kind: 'incoming-phone-number', keep }, (number) => render(call, number));
}

export async function fetchTrunkPhoneNumber(call: Call): Promise<Answer> {
  return render(call, await requireNumber(call, call.service.ledger));
}

/** The account keeps the number. */
export function deleteTrunkPhoneNumber(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const known = await requireNumber(call, view);
    const number = { ...known, trunk_sid: null, date_updated: timestamp(call) };
    return { writes: [put('incoming-phone-number', known.sid, number)], result: undefined };
  });
}

async function requireNumber(call: Call, documents: Documents): Promise<IncomingPhoneNumber> {
  const number = await read(documents, 'incoming-phone-number', pathId(call, 'Sid'));
  if (number?.trunk_sid !== pathId(call, 'TrunkSid')) throw missing(call);
  return number;
}

function render(call: Call, number: IncomingPhoneNumber): object {
  const { sid, trunk_sid } = number;
  return {
    account_sid: call.service.accountSid,
    sid,
    date_created: number.date_created,
    date_updated: number.date_updated,
    friendly_name: number.friendly_name,
    phone_number: number.phone_number,
    voice_caller_id_lookup: number.voice_caller_id_lookup,
    voice_url: number.voice_url,
    voice_method: number.voice_method,
    voice_fallback_url: number.voice_fallback_url,
    voice_fallback_method: number.voice_fallback_method,
    status_callback: number.status_callback,
    status_callback_method: number.status_callback_method,
    voice_application_sid: number.voice_application_sid,
    trunk_sid,
    sms_url: number.sms_url,
    sms_method: number.sms_method,
    sms_fallback_url: number.sms_fallback_url,
    sms_fallback_method: number.sms_fallback_method,
    sms_application_sid: number.sms_application_sid,
    ...FIXED_MEMBERS,
    url: resourceUrl(call, `v1/Trunks/${trunk_sid}/PhoneNumbers/${sid}`),
    links: { phone_number: call.origin + resourceUri(call, `IncomingPhoneNumbers/${sid}`) },
  };
}
