import { Headers } from '../message/headers.ts';
import { SipRequest } from '../message/message.ts';
import type { SipResponse } from '../message/message.ts';

/** Where a request that a transaction makes itself starts to count hops (§8.1.1.6). */
const MAX_FORWARDS = '70';

/** The ACK of a 300-699 (RFC 3261 §17.1.1.3): hop by hop, all from the INVITE but the To, which is the response's. */
export function ackFor(invite: SipRequest, response: SipResponse): SipRequest {
  return hopRequest('ACK', invite, response.headers.get('to'));
}

/** The CANCEL of an INVITE (§9.1). `reason` is the value of its Reason header (RFC 3326). */
export function cancelFor(invite: SipRequest, reason?: string): SipRequest {
  const cancel = hopRequest('CANCEL', invite, invite.headers.get('to'));
  if (reason !== undefined) cancel.headers.append('Reason', reason);
  return cancel;
}

function hopRequest(method: string, invite: SipRequest, to: string | undefined): SipRequest {
  const headers = new Headers();
  headers.append('Via', invite.headers.firstValue('via') ?? '');
  headers.append('Max-Forwards', MAX_FORWARDS);
  for (const route of invite.headers.lines('route')) headers.append('Route', route);
  headers.append('From', invite.headers.get('from') ?? '');
  headers.append('To', to ?? '');
  headers.append('Call-ID', invite.callId ?? '');
  headers.append('CSeq', `${invite.cseq?.number ?? 0} ${method}`);
  return new SipRequest(method, invite.uri, headers);
}
