import type { ControlledCall } from '../../../rulebook/call-control.ts';
import type { CallRecord } from '../calls/record.ts';
import type { Parameters } from './webhook/signature.ts';

export const API_VERSION = '2010-04-01';

/** Most of the caller's own headers that are passed on, and longest of their values. */
const MOST_HEADERS = 40;
const LONGEST_VALUE = 1024;

/** What every webhook of a call tells. */
export function callParameters(accountSid: string, record: CallRecord, status: string = record.status): Parameters {
  const { sid, from, to, direction, parent_call_sid: parent } = record;
  return [
    ['AccountSid', accountSid],
    ['ApiVersion', API_VERSION],
    ['CallSid', sid],
    ['CallStatus', status],
    ['Called', to],
    ['Caller', from],
    ['Direction', direction],
    ['From', from],
    ['To', to],
    ...(parent === null ? [] : [['ParentCallSid', parent] as const]),
  ];
}

/** What the webhooks of a call that came to a SIP domain tell besides. */
export function sipParameters(call: ControlledCall, domain: { sid: string; name: string }): Parameters {
  const headers = [...call.headers].slice(0, MOST_HEADERS);
  return [
    ['SipDomain', domain.name],
    ['SipDomainSid', domain.sid],
    ['SipCallId', call.callId],
    ['SipSourceIp', call.source],
    ...(call.username === null ? [] : [['SipUsername', call.username] as const]),
    ...headers.map(([name, value]) => [`SipHeader_${capitals(name)}`, value.slice(0, LONGEST_VALUE)] as const),
  ];
}

/** What a status callback tells besides; `sipStatus` is the final SIP answer. */
export function progressParameters(
  record: CallRecord,
  { sequence, at, sipStatus }: { sequence: number; at: number; sipStatus: number | null },
): Parameters {
  const { duration } = record;
  return [
    ['CallbackSource', 'call-progress-events'],
    ['SequenceNumber', String(sequence)],
    ['Timestamp', new Date(at).toUTCString().replace(/GMT$/, '+0000')],
    ...(duration === null
      ? []
      : ([
          ['CallDuration', String(duration)],
          // What is billed: whole minutes.
          ['Duration', String(Math.ceil(duration / 60))],
        ] as const)),
    ...(sipStatus === null ? [] : [['SipResponseCode', String(sipStatus)] as const]),
  ];
}

/** `x-my-header` → `X-My-Header`, as headers are usually written. */
function capitals(name: string): string {
  if (name === 'user-to-user') return 'User-to-User';
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
