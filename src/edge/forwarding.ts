import { hostPort } from '../kit/ip.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { newBranch } from '../sip/transaction/layer.ts';
import type { Endpoint, Flow, TransportName } from '../sip/transport/transport.ts';
import type { OwnAddresses } from './addresses.ts';

/** Added where a request has none (RFC 3261 §16.6 step 3). */
const MAX_FORWARDS = 70;

/** A copy to send on: one hop less, our Via on top with a branch of its own (RFC 3261 §16.6 steps 1, 3, 8). */
export function forwardRequest(request: SipRequest, flow: Flow, addresses: OwnAddresses): SipRequest {
  const copy = request.clone();
  copy.headers.set('Max-Forwards', String(request.maxForwards === undefined ? MAX_FORWARDS : request.maxForwards - 1));
  const { address, port } = addresses.sentBy(flow.transport) ?? flow.local;
  copy.headers.prepend(
    'Via',
    `SIP/2.0/${flow.transport.toUpperCase()} ${hostPort(address, port)};branch=${newBranch()};rport`,
  );
  return copy;
}

/** A copy to send back: without our Via (RFC 3261 §16.7 step 3). */
export function returnResponse(response: SipResponse): SipResponse {
  const copy = response.clone();
  copy.headers.removeFirstValue('via');
  return copy;
}

/**
 * Puts us into the path of the dialog. When the two sides use different transports each gets the address it can
 * reach: two values, the callee's on top (RFC 5658 §6).
 */
export function recordRoute(
  request: SipRequest,
  token: string,
  from: TransportName,
  to: TransportName,
  addresses: OwnAddresses,
): void {
  for (const transport of from === to ? [to] : [from, to]) {
    const own = addresses.of(transport);
    if (own) request.headers.prepend('Record-Route', `<${routeUri(token, own, transport)};lr>`);
  }
}

function routeUri(token: string, { address, port }: Endpoint, transport: TransportName): string {
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  return `sip:${token}@${hostPort(address, port)}${parameter}`;
}
