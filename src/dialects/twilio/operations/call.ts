import type { CallbackWish } from '../twiml/status-callbacks.ts';
import type { Party } from '../../../rulebook/call-control.ts';
import type { CallWish } from '../calls/desk.ts';
import { isOver, type CallRecord } from '../calls/record.ts';
import type { CallFilter } from '../calls/store.ts';
import { rfc2822 } from '../dates.ts';
import { read } from '../documents.ts';
import { refusal } from '../errors.ts';
import { readForm, type Form } from '../form.ts';
import { missing, pathId, type Answer, type Call } from '../operation.ts';
import { pageAnswer, readPageQuery } from '../pages.ts';
import { friendlyNumber } from '../phone-numbers.ts';
import { PROGRESS_EVENTS } from '../twiml/status-callbacks.ts';
import type { Start } from '../twiml/script.ts';
import { resourceUri } from '../uris.ts';
import { ListCalls, type CreateCall, type UpdateCall } from './call-forms.ts';

/** Seconds to ring, when the client does not say. */
const DEFAULT_TIMEOUT = 60;
/** Of user name and password. */
const LONGEST_CREDENTIAL = 255;
/** Milliseconds that a hang-up may take before the answer tells the state that is. */
const HANG_UP_WAIT = 2000;

const E164 = /^\+[1-9]\d{1,14}$/;

type CreateForm = Form<typeof CreateCall>;

/** Places a call. It answers at once; the record, the status callbacks and the script tell of the rest. */
export async function createCall(call: Call<CreateForm>): Promise<Answer> {
  const { body, service } = call;
  const start = startOf(body);
  if (!start)
    throw refusal(21205, body.ApplicationSid ? 'ApplicationSid names no application' : 'Url or Twiml is required');
  const wish: CallWish = {
    to: body.To,
    from: body.From,
    party: partyOf(body),
    callerId: await callerIdOf(call),
    start,
    fallback: body.FallbackUrl ? { url: body.FallbackUrl, method: body.FallbackMethod ?? 'POST' } : null,
    callback: callbackOf(body),
    timeout: body.Timeout ?? DEFAULT_TIMEOUT,
    timeLimit: body.TimeLimit ?? null,
    sendDigits: body.SendDigits ?? null,
  };
  const { record } = service.calls.place(wish);
  service.calls.book.flush();
  return render(call, record);
}

export async function listCalls(call: Call): Promise<Answer> {
  const asked = readPageQuery(call);
  const skip = asked.after === undefined ? asked.page * asked.size : 0;
  // One more than the page tells whether there are more.
  const after = asked.after;
  const found = call.service.calls.book.list(filterOf(call), { ...(after && { after }), skip, limit: asked.size + 1 });
  const page = found.slice(0, asked.size);
  const last = found.length > asked.size ? page.at(-1)?.sid : undefined;
  return pageAnswer(
    call,
    'calls',
    asked,
    page.map((record) => render(call, record)),
    last,
  );
}

export async function fetchCall(call: Call): Promise<Answer> {
  return render(call, requireCall(call));
}

/** Ends a call that lives, or has it go on with another document. */
export async function updateCall(call: Call<Form<typeof UpdateCall>>): Promise<Answer> {
  const { body, service } = call;
  const { sid } = requireCall(call);
  const live = service.calls.book.live(sid);
  if (!live?.control) throw refusal(21220, 'Call is not in-progress. Cannot redirect.');
  const start = startOf(body);
  if (body.Status) {
    // A call that talks is not canceled, as the vendor documents; `completed` ends it however it is.
    if (body.Status === 'completed' || live.record.status !== 'in-progress') {
      live.control.hangUp();
      const late = new Promise<void>((resolve) => service.clock.after(HANG_UP_WAIT, resolve));
      await Promise.race([live.over, late]);
    }
  } else if (start) {
    if (!live.control.redirect || live.record.status === 'queued')
      throw refusal(21220, 'Call is not in-progress. Cannot redirect.');
    live.control.redirect(start);
  } else throw refusal(20001, 'One of Status, Url and Twiml is required');
  service.calls.book.flush();
  return render(call, live.record);
}

/** Forgets a call that is over. */
export async function deleteCall(call: Call): Promise<Answer> {
  const { sid, status } = requireCall(call);
  if (!isOver(status)) throw refusal(21220, 'A call that is not over cannot be deleted');
  call.service.calls.book.remove(sid);
  return undefined;
}

function requireCall(call: Call): CallRecord {
  const record = call.service.calls.book.get(pathId(call, 'Sid'));
  if (!record) throw missing(call);
  return record;
}

/** Where the script begins; a URL comes before a document, as with the vendor. */
function startOf(body: Pick<CreateForm, 'Url' | 'Method' | 'Twiml'>): Start | null {
  if (body.Url) return { url: body.Url, method: body.Method ?? 'POST', parameters: [] };
  return body.Twiml ? { twiml: body.Twiml } : null;
}

function partyOf({ To, SipAuthUsername, SipAuthPassword }: CreateForm): Party {
  if (E164.test(To)) return { kind: 'number', number: To };
  if (/^client:/i.test(To)) throw refusal(21217, 'client: destinations are not there: call a number or a SIP URI');
  if (!/^sips?:[^\s<>"?@]+@[^\s<>"?@]+$/i.test(To)) throw refusal(21211, 'To must be an E.164 number or a SIP URI');
  const [username, password] = [SipAuthUsername ?? undefined, SipAuthPassword ?? undefined];
  if ((username?.length ?? 0) > LONGEST_CREDENTIAL)
    throw refusal(21221, 'Invalid SipAuthUsername. Must be fewer than 256 chars');
  if ((password?.length ?? 0) > LONGEST_CREDENTIAL)
    throw refusal(21223, 'Invalid SipAuthPassword. Must be fewer than 256 chars');
  if (username !== undefined && password === undefined)
    throw refusal(21225, 'SipAuthPassword is required when providing SipAuthUsername');
  return {
    kind: 'sip',
    uri: To,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
}

/** A number must be one of the account's; a name is shown to SIP alone. */
async function callerIdOf({ body, service }: Call<CreateForm>): Promise<string> {
  const from = body.CallerId ?? body.From;
  if (E164.test(from)) {
    const holder = await read(service.ledger, 'phone-number-holder', from);
    if (!holder && E164.test(body.To))
      throw refusal(21210, `'From' phone number not verified: ${from} is not a number of the account`);
    return from;
  }
  if (E164.test(body.To)) throw refusal(21212, 'From must be an E.164 number of the account to call a number');
  if (/^sips?:[^\s<>"?@]+@[^\s<>"?@]+$/i.test(from)) return from;
  if (!/^[\w.+~*-]{1,64}$/.test(from))
    throw refusal(21212, 'From must be an E.164 number or the user part of a SIP URI');
  return `sip:${from}@sip.${service.domain ?? 'twilio.com'}`;
}

function callbackOf({ StatusCallback, StatusCallbackMethod, StatusCallbackEvent }: CreateForm): CallbackWish | null {
  if (!StatusCallback) return null;
  const names = new Set((StatusCallbackEvent ?? ['completed']).flatMap((text) => text.split(/ +/)));
  const events = PROGRESS_EVENTS.filter((event) => names.has(event));
  return { url: StatusCallback, method: StatusCallbackMethod ?? 'POST', events };
}

function filterOf({ query }: Call): CallFilter {
  const form = readForm(ListCalls, query, 20001);
  const filter = {
    to: form.To,
    from: form.From,
    parent: form.ParentCallSid,
    status: form.Status,
    startedFrom: beginOf(form['StartTime>'] ?? form.StartTime),
    startedTo: endOf(form['StartTime<'] ?? form.StartTime),
    endedFrom: beginOf(form['EndTime>'] ?? form.EndTime),
    endedTo: endOf(form['EndTime<'] ?? form.EndTime),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value));
}

/** The first second of a day, or the instant itself. */
function beginOf(time: string | null | undefined): string | undefined {
  return time ? (time.length === 10 ? `${time}T00:00:00Z` : `${time.slice(0, 19)}Z`) : undefined;
}

/** The last second of a day, or the instant itself. */
function endOf(time: string | null | undefined): string | undefined {
  return time ? (time.length === 10 ? `${time}T23:59:59Z` : `${time.slice(0, 19)}Z`) : undefined;
}

/** Kept as the vendor names them; of those that are not there, asking gives 404. */
const SUBRESOURCES = {
  notifications: 'Notifications',
  recordings: 'Recordings',
  payments: 'Payments',
  events: 'Events',
  siprec: 'Siprec',
  streams: 'Streams',
  transcriptions: 'Transcriptions',
  user_defined_message_subscriptions: 'UserDefinedMessageSubscriptions',
  user_defined_messages: 'UserDefinedMessages',
};

function render(call: Call, record: CallRecord): object {
  const { sid, from, to, duration } = record;
  const formatted = (party: string): string => (E164.test(party) ? friendlyNumber(party) : party);
  const below = Object.entries(SUBRESOURCES).map(([key, name]) => [key, resourceUri(call, `Calls/${sid}/${name}`)]);
  return {
    account_sid: call.service.accountSid,
    answered_by: null,
    api_version: '2010-04-01',
    caller_name: null,
    date_created: rfc2822(record.date_created),
    date_updated: rfc2822(record.date_updated),
    direction: record.direction,
    duration: duration === null ? null : String(duration),
    end_time: record.end_time && rfc2822(record.end_time),
    forwarded_from: null,
    from,
    from_formatted: formatted(from),
    group_sid: null,
    parent_call_sid: record.parent_call_sid,
    phone_number_sid: record.phone_number_sid ?? null,
    price: null,
    price_unit: 'USD',
    queue_time: '0',
    sid,
    start_time: record.start_time && rfc2822(record.start_time),
    status: record.status,
    subresource_uris: Object.fromEntries(below),
    to,
    to_formatted: formatted(to),
    trunk_sid: record.trunk_sid ?? null,
    uri: resourceUri(call, `Calls/${sid}`),
  };
}
