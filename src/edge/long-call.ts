import { MAX_CSEQ } from '../sip/message/limits.ts';
import { SipRequest } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import { hopOf, placeOf } from '../sip/resolve.ts';
import type { Flow } from '../sip/transport/transport.ts';
import { parseUri, type SipUri } from '../sip/uri.ts';
import type { OwnAddresses } from './addresses.ts';
import type { CallEnd, HeldCall } from './held-call.ts';
import type { Outbound } from './outbound.ts';
import type { Onward } from './route-set.ts';

/** Why the call ends, for both sides (RFC 3326). Q.850 102: recovery on timer expiry, 16: normal clearing. */
const REASONS = {
  'too-long': ['SIP;cause=480;text="the call lasted as long as a call may"', 'Q.850;cause=102'],
  expired: ['SIP;cause=480;text="the session was not refreshed (RFC 4028)"', 'Q.850;cause=102'],
  'hung-up': ['Q.850;cause=16;text="the other side hung up"'],
} as const;

/** Why the gate ends a call itself. */
export type CutReason = keyof typeof REASONS;

/**
 * Ends a call that lasted too long, that neither side kept alive, or whose end may not have heard the other's BYE, with a
 * BYE to each side, as the other side would send it (RFC 3261 §15.1.1): a proxy has no other way. An end whose address is
 * not known stays as it is; the other's BYE stops the media all the same.
 */
export function endLongCall(
  call: HeldCall,
  why: CutReason,
  { outbound, addresses }: { outbound: Outbound; addresses: OwnAddresses },
): void {
  const { callId, caller, callee, callerFlow } = call;
  if (!callee) return;
  const dialog = { callId, reasons: REASONS[why] };
  const toCallee = routesTo(callee, addresses);
  send(bye(dialog, caller, callee, toCallee), toCallee, null, outbound);
  // The caller's INVITE came with what lies between it and us, nearest first.
  send(bye(dialog, callee, caller, caller.recordRoutes), caller.recordRoutes, callerFlow, outbound);
}

/** The callee's answer repeats the whole path; what lies on its side of us follows our own entry, read backwards. */
function routesTo({ recordRoutes }: CallEnd, addresses: OwnAddresses): readonly string[] {
  const path = recordRoutes.toReversed();
  return path.slice(path.findLastIndex((value) => isOwn(value, addresses)) + 1);
}

/** The end that a request of the other one is for, and what lies before it, as far as is known. */
function otherEnd(
  { caller, callee }: HeldCall,
  sender: 'caller' | 'callee',
  addresses: OwnAddresses,
): { readonly end: CallEnd; readonly routes: readonly string[] } | undefined {
  if (sender === 'callee') return { end: caller, routes: caller.recordRoutes };
  return callee ? { end: callee, routes: routesTo(callee, addresses) } : undefined;
}

/** Whether `next`, where a request of the call goes, is where the other end is, or what lies before it. */
export function isWayToOtherEnd(
  call: HeldCall,
  next: SipUri,
  { claim }: Pick<Onward, 'claim'>,
  addresses: OwnAddresses,
): boolean {
  const { end, routes: [route] = [] } = otherEnd(call, claim.sender, addresses) ?? {};
  const known = route === undefined ? parseUri(end?.target ?? '') : parseNameAddr(route)?.address;
  const [there, here] = [known && placeOf(known), placeOf(next)];
  return there !== undefined && there.host === here?.host && there.port === here.port;
}

/** Whether a request of the call, which has none of our routes any more, goes to the other end as far as is known. */
export function leadsToOtherEnd(
  call: HeldCall,
  { request, claim }: Pick<Onward, 'request' | 'claim'>,
  addresses: OwnAddresses,
): boolean {
  const other = otherEnd(call, claim.sender, addresses);
  if (!other) return false;
  const routes = request.headers.values('route');
  // It goes by the flow, whatever it names.
  if (routes.length === 0 && (claim.sender === 'caller' ? claim.calleeFlow : call.callerFlow)) return true;
  return request.uri === other.end.target && routes.join() === other.routes.join();
}

function bye(
  { callId, reasons }: { callId: string; reasons: readonly string[] },
  from: CallEnd,
  to: CallEnd,
  routes: readonly string[],
): SipRequest {
  const request = new SipRequest('BYE', to.target);
  const { headers } = request;
  for (const route of routes) headers.append('Route', route);
  headers.append('Max-Forwards', '70');
  headers.append('From', from.party);
  headers.append('To', to.party);
  headers.append('Call-ID', callId);
  // An end that used up the numbers must not make its call one that nobody can end.
  headers.append('CSeq', `${Math.min(from.cseq + 1, MAX_CSEQ)} BYE`);
  for (const reason of reasons) headers.append('Reason', reason);
  return request;
}

function send(request: SipRequest, [route]: readonly string[], back: HeldCall['callerFlow'], outbound: Outbound): void {
  const over = (flow: Flow): void => void outbound.send(request, flow, { response: () => {}, failed: () => {} });
  if (route === undefined && back) return over(outbound.flowBack(back));
  const uri = parseUri(route === undefined ? request.uri : (parseNameAddr(route)?.uri ?? ''));
  const hop = uri && hopOf(uri);
  if (!hop) return;
  const flow = outbound.flowTo(hop);
  if (flow instanceof Promise) flow.then(over, () => {});
  else over(flow);
}

function isOwn(route: string, addresses: OwnAddresses): boolean {
  const uri = parseUri(parseNameAddr(route)?.uri ?? '');
  const place = uri && placeOf(uri);
  return place !== undefined && addresses.isOwn(place.host, place.port);
}
