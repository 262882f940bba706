import { createResponse } from '../sip/message/message.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { ServerTransaction } from '../sip/transaction/layer.ts';

/** The methods that are understood (RFC 3261 §20.5). */
const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK';

/** The same where somebody takes transfers on (RFC 3515). */
const ALLOW_TRANSFERS = `${ALLOW}, REFER, NOTIFY`;

/** The only body that is read. */
export const SDP_TYPE = 'application/sdp';

/** What this software calls itself in Server and User-Agent. */
export const PRODUCT = 'Tollgate';

/**
 * A response of a user agent (RFC 3261 §8.2.6, §12.1.1): with our tag unless it is a 100, the Record-Route of an INVITE
 * when it makes a dialog, and what the status calls for: Allow, Accept.
 */
export function answer({ request, toTag }: ServerTransaction, status: number, reason?: string): SipResponse {
  const response = createResponse(request, status, reason, status === 100 ? undefined : toTag);
  const { headers } = response;
  if (request.method === 'INVITE' && status > 100 && status < 300)
    for (const route of request.headers.lines('record-route')) headers.append('Record-Route', route);
  if (status === 405 || request.method === 'OPTIONS') headers.append('Allow', ALLOW);
  if (status === 415 || request.method === 'OPTIONS') headers.append('Accept', SDP_TYPE);
  headers.append('Server', PRODUCT);
  return response;
}

/** The extensions a request insists on, none of which is known here: 420 has to list them (§8.2.2.3). */
export function requiredExtensions(request: SipRequest): string[] {
  return request.headers.values('require').filter((value) => value !== '');
}

/** Whether the body is a session description by its Content-Type. */
export function carriesSdp(message: SipRequest | SipResponse): boolean {
  const [type = ''] = (message.headers.get('content-type') ?? '').split(';', 1);
  return type.trim().toLowerCase() === SDP_TYPE;
}

/** Makes a request or a 200 carry a session description, and say where we can be reached, and whether for transfers. */
export function attachDescription(
  message: SipRequest | SipResponse,
  description: string,
  { contact, transfers }: { contact: string; transfers: boolean },
): void {
  message.headers.set('Contact', contact);
  message.headers.set('Allow', transfers ? ALLOW_TRANSFERS : ALLOW);
  message.headers.set('Content-Type', SDP_TYPE);
  message.body = Buffer.from(description);
}
