import { hostPort } from '../kit/ip.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import type { Endpoint, Flow, TransportName } from '../sip/transport/transport.ts';
import type { OwnAddresses } from './addresses.ts';
import { screen, type Side } from './identity.ts';

/** Added where a request has none (RFC 3261 §16.6 step 3). */
const MAX_FORWARDS = 70;

/** A copy to send on: one hop less, our Via on top with a branch of its own (RFC 3261 §16.6 steps 1, 3, 8). */
export function forwardRequest(request: SipRequest, flow: Flow, addresses: OwnAddresses, branch: string): SipRequest {
  const copy = request.clone();
  copy.headers.set('Max-Forwards', String(request.maxForwards === undefined ? MAX_FORWARDS : request.maxForwards - 1));
  // Where nothing listens on the transport, the answer has the connection to come back on.
  const { address, port } =
    addresses.of(flow.transport, flow.remote.address, flow.local) ?? addresses.first ?? flow.local;
  copy.headers.prepend(
    'Via',
    `SIP/2.0/${flow.transport.toUpperCase()} ${hostPort(address, port)};branch=${branch};rport`,
  );
  return copy;
}

/** A copy to send back: without our Via (RFC 3261 §16.7 step 3), and with what its sender may say of identities. */
export function returnResponse(response: SipResponse, sender: Side): SipResponse {
  const copy = response.clone();
  copy.headers.removeFirstValue('via');
  screen(copy, sender, null);
  return copy;
}

/** One side of a call as Record-Route has to name us to it. */
interface Leg {
  readonly transport: TransportName;
  readonly remote: Endpoint;
  /** The listener that this side reaches us by, where it is one. */
  readonly local?: Endpoint;
}

/**
 * Puts us into the path of the dialog. When the two sides reach us by different transports, address families or
 * addresses, each gets its own value: two, the callee's on top (RFC 5658 §6). `secure` keeps a call that was made to a
 * SIPS URI a SIPS call wherever it is encrypted (RFC 3261 §16.6 step 4).
 */
export function recordRoute(
  request: SipRequest,
  token: string,
  { from, to, secure }: { from: Leg; to: Leg; secure: boolean },
  addresses: OwnAddresses,
): void {
  const routeFor = ({ transport, remote, local }: Leg): string | undefined => {
    const own = addresses.of(transport, remote.address, local);
    return own && `<${routeUri(token, own, transport, secure)};lr>`;
  };
  const caller = routeFor(from);
  const callee = routeFor(to);
  if (caller !== undefined) request.headers.prepend('Record-Route', caller);
  if (callee !== undefined && callee !== caller) request.headers.prepend('Record-Route', callee);
}

function routeUri(token: string, { address, port }: Endpoint, transport: TransportName, secure: boolean): string {
  const place = `${token}@${hostPort(address, port)}`;
  if (transport === 'udp') return `sip:${place}`;
  // RFC 7118 §5.2.2 knows one word for both; sips says which.
  if (transport === 'ws' || transport === 'wss')
    return `${secure && transport === 'wss' ? 'sips' : 'sip'}:${place};transport=ws`;
  return secure && transport === 'tls' ? `sips:${place}` : `sip:${place};transport=${transport}`;
}

/**
 * The URI that says where a request goes next: its first route, else its Request-URI. A first route that is a strict
 * router's changes places with the Request-URI, which goes to the end of the routes (RFC 3261 §16.6 step 6).
 */
export function nextUri(request: SipRequest): string {
  const { headers } = request;
  const route = headers.firstValue('route');
  if (route === undefined) return request.uri;
  const next = parseNameAddr(route);
  if (next?.address?.params.has('lr') !== false) return next?.uri ?? '';
  headers.removeFirstValue('route');
  headers.append('Route', `<${request.uri}>`);
  request.uri = next.uri;
  return next.uri;
}
