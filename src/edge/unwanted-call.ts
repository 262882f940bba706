import { MAX_CSEQ } from '../sip/message/limits.ts';
import { SipRequest, type SipResponse } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import type { ClientTransaction } from '../sip/transaction/transaction.ts';
import type { Outbound } from './outbound.ts';

/**
 * Acknowledges and ends a call that a target answered after it was given up: as a user agent would, for the caller
 * never hears of it (RFC 3261 §13.2.2.4, §15).
 */
export function endUnwantedCall(client: ClientTransaction | null, response: SipResponse, outbound: Outbound): void {
  const number = response.cseq?.number;
  if (!client || number === undefined) return;
  outbound.pass(inDialog('ACK', number, client, response), client.flow);
  outbound.send(inDialog('BYE', Math.min(number + 1, MAX_CSEQ), client, response), client.flow, {
    response: () => {},
    failed: () => {},
  });
}

/** A request of the dialog that the 2xx made (RFC 3261 §12.1.2, §12.2.1.1). */
function inDialog(method: string, number: number, { request }: ClientTransaction, response: SipResponse): SipRequest {
  const contact = parseNameAddr(response.headers.firstValue('contact') ?? '')?.uri ?? request.uri;
  const made = new SipRequest(method, contact);
  const { headers } = made;
  // Ours comes first in the route set, and the request starts from here.
  for (const value of response.headers.values('record-route').toReversed().slice(1)) headers.append('Route', value);
  headers.append('Max-Forwards', '70');
  headers.append('From', response.headers.get('from') ?? '');
  headers.append('To', response.headers.get('to') ?? '');
  headers.append('Call-ID', response.callId ?? '');
  headers.append('CSeq', `${number} ${method}`);
  return made;
}
