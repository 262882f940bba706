import { rfc2822 } from '../dates.ts';
import { put, read, readAll, remove, type Documents, type IncomingPhoneNumber } from '../documents.ts';
import { refusal } from '../errors.ts';
import { readForm, updated, type Form } from '../form.ts';
import { isAvailable } from '../../number-holders.ts';
import { isTollFree } from '../../offered-numbers.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import { firstAvailable, FIXED_MEMBERS, friendlyNumber, matches } from '../phone-numbers.ts';
import {
  ListIncomingPhoneNumbers,
  type CreateIncomingPhoneNumber,
  type UpdateIncomingPhoneNumber,
} from '../schemas.ts';
import { newSid } from '../sids.ts';
import { resourceUri } from '../uris.ts';

/** The number of this SID; throws 20404. */
export async function requireIncomingPhoneNumber(
  call: Call,
  documents: Documents,
  sid: string,
): Promise<IncomingPhoneNumber> {
  const number = await read(documents, 'incoming-phone-number', sid);
  if (!number) throw missing(call);
  return number;
}

/** Any E.164 number that nobody has, or the first one of an area code. */
export function createIncomingPhoneNumber(call: Call<Form<typeof CreateIncomingPhoneNumber>>): Promise<Answer> {
  const sid = newSid('PN', call.service.clock.now());
  const now = timestamp(call);
  return change(call, async (view) => {
    const phone_number = await chosenNumber(call, view);
    await refuseUnknown(view, call.body);
    const number: IncomingPhoneNumber = {
      sid,
      phone_number,
      ...members(call.body, undefined, friendlyNumber(phone_number)),
      date_created: now,
      date_updated: now,
    };
    const writes = [put('incoming-phone-number', sid, number), put('phone-number-holder', phone_number, { sid })];
    return { writes, result: render(call, number) };
  });
}

export async function listIncomingPhoneNumbers(call: Call): Promise<Answer> {
  const { Beta, FriendlyName, PhoneNumber, Origin } = readForm(ListIncomingPhoneNumbers, call.query, 20001);
  const keep = (number: IncomingPhoneNumber): boolean =>
    Beta !== true &&
    (!FriendlyName || number.friendly_name === FriendlyName) &&
    (!PhoneNumber || matches(number.phone_number, PhoneNumber)) &&
    (!Origin || Origin === 'twilio');
  const listed = { kind: 'incoming-phone-number', keep } as const;
  return listPage(call, 'incoming_phone_numbers', listed, (number) => render(call, number));
}

export async function fetchIncomingPhoneNumber(call: Call): Promise<Answer> {
  return render(call, await requireIncomingPhoneNumber(call, call.service.ledger, pathId(call, 'Sid')));
}

export function updateIncomingPhoneNumber(call: Call<Form<typeof UpdateIncomingPhoneNumber>>): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    const known = await requireIncomingPhoneNumber(call, view, sid);
    const { AccountSid } = call.body;
    if (AccountSid && AccountSid !== call.service.accountSid)
      throw refusal(20001, 'AccountSid names no account that the number could go to');
    await refuseUnknown(view, call.body);
    const changed = members(call.body, known, friendlyNumber(known.phone_number));
    const number = { ...known, ...changed, date_updated: timestamp(call) };
    return { writes: [put('incoming-phone-number', sid, number)], result: render(call, number) };
  });
}

/** The number goes back to those on offer; a SIP domain that gave it as its emergency number has none then. */
export function deleteIncomingPhoneNumber(call: Call): Promise<Answer> {
  const sid = pathId(call, 'Sid');
  return change(call, async (view) => {
    const { phone_number } = await requireIncomingPhoneNumber(call, view, sid);
    const writes = [remove('incoming-phone-number', sid), remove('phone-number-holder', phone_number)];
    for (const domain of await readAll(view, 'sip-domain'))
      if (domain.emergency_caller_sid === sid)
        writes.push(put('sip-domain', domain.sid, { ...domain, emergency_caller_sid: null }));
    return { writes, result: undefined };
  });
}

async function chosenNumber(
  { service, body }: Call<Form<typeof CreateIncomingPhoneNumber>>,
  documents: Documents,
): Promise<string> {
  const { PhoneNumber, AreaCode } = body;
  if (PhoneNumber && AreaCode) throw refusal(21421, 'Only one of PhoneNumber and AreaCode can be given');
  if (PhoneNumber) {
    if (!(await isAvailable(service, documents, PhoneNumber))) throw refusal(21422, `${PhoneNumber} is not available`);
    return PhoneNumber;
  }
  if (!AreaCode) throw refusal(21421, 'PhoneNumber or AreaCode is required');
  const number = await firstAvailable(service, documents, AreaCode);
  if (number === undefined) throw refusal(21452, `No phone numbers found in area code ${AreaCode}`);
  return number;
}

async function refuseUnknown(
  documents: Documents,
  { TrunkSid }: Form<typeof UpdateIncomingPhoneNumber>,
): Promise<void> {
  if (TrunkSid && !(await read(documents, 'trunk', TrunkSid))) throw refusal(21245, 'TrunkSid names no trunk');
}

/** A trunk and an application exclude each other: the one that is set clears the other, the trunk first. */
function members(
  form: Form<typeof UpdateIncomingPhoneNumber>,
  known: IncomingPhoneNumber | undefined,
  defaultName: string,
): Omit<IncomingPhoneNumber, 'sid' | 'phone_number' | 'date_created' | 'date_updated'> {
  const application = form.TrunkSid ? null : updated(form.VoiceApplicationSid, known?.voice_application_sid, null);
  const trunk = updated(form.TrunkSid, known?.trunk_sid, null);
  return {
    friendly_name: updated(form.FriendlyName, known?.friendly_name, defaultName),
    voice_url: updated(form.VoiceUrl, known?.voice_url, null),
    voice_method: updated(form.VoiceMethod, known?.voice_method, 'POST'),
    voice_fallback_url: updated(form.VoiceFallbackUrl, known?.voice_fallback_url, null),
    voice_fallback_method: updated(form.VoiceFallbackMethod, known?.voice_fallback_method, 'POST'),
    voice_application_sid: application,
    voice_caller_id_lookup: updated(form.VoiceCallerIdLookup, known?.voice_caller_id_lookup, false),
    voice_receive_mode: updated(form.VoiceReceiveMode, known?.voice_receive_mode, 'voice'),
    status_callback: updated(form.StatusCallback, known?.status_callback, null),
    status_callback_method: updated(form.StatusCallbackMethod, known?.status_callback_method, 'POST'),
    trunk_sid: form.VoiceApplicationSid && !form.TrunkSid ? null : trunk,
    sms_url: updated(form.SmsUrl, known?.sms_url, null),
    sms_method: updated(form.SmsMethod, known?.sms_method, 'POST'),
    sms_fallback_url: updated(form.SmsFallbackUrl, known?.sms_fallback_url, null),
    sms_fallback_method: updated(form.SmsFallbackMethod, known?.sms_fallback_method, 'POST'),
    sms_application_sid: updated(form.SmsApplicationSid, known?.sms_application_sid, null),
    address_sid: updated(form.AddressSid, known?.address_sid, null),
    identity_sid: updated(form.IdentitySid, known?.identity_sid, null),
    bundle_sid: updated(form.BundleSid, known?.bundle_sid, null),
    emergency_status: updated(form.EmergencyStatus, known?.emergency_status, 'Inactive'),
    emergency_address_sid: updated(form.EmergencyAddressSid, known?.emergency_address_sid, null),
  };
}

function render(call: Call, number: IncomingPhoneNumber): object {
  return {
    account_sid: call.service.accountSid,
    ...number,
    ...FIXED_MEMBERS,
    date_created: rfc2822(number.date_created),
    date_updated: rfc2822(number.date_updated),
    emergency_address_status: number.emergency_address_sid === null ? 'unregistered' : 'registered',
    origin: 'twilio',
    status: 'in-use',
    type: isTollFree(number.phone_number) ? 'toll-free' : 'local',
    uri: resourceUri(call, `IncomingPhoneNumbers/${number.sid}`),
  };
}
