import { MAX_CSEQ } from '../sip/message/limits.ts';
import { SipRequest } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import { hopOf, placeOf } from '../sip/resolve.ts';
import type { Flow } from '../sip/transport/transport.ts';
import { parseUri } from '../sip/uri.ts';
import type { OwnAddresses } from './addresses.ts';
import type { CallEnd, HeldCall } from './held-call.ts';
import type { Outbound } from './outbound.ts';

/** Why the call ends, for both sides (RFC 3326). */
const TEXTS = {
  'too-long': 'the call lasted as long as a call may',
  expired: 'the session was not refreshed (RFC 4028)',
} as const;

/** Q.850 102: recovery on timer expiry. */
const CAUSE = 'Q.850;cause=102';

/**
 * Ends a call that lasted too long, or that neither side kept alive, with a BYE to each side, as the other side would
 * send it (RFC 3261 §15.1.1): a proxy has no other way. An end whose address is not known stays as it is; the other's BYE stops the media all the same.
 */
export function endLongCall(
  call: HeldCall,
  why: keyof typeof TEXTS,
  { outbound, addresses }: { outbound: Outbound; addresses: OwnAddresses },
): void {
  const { callId, caller, callee, callerFlow } = call;
  if (!callee) return;
  const dialog = { callId, reasons: [`SIP;cause=480;text="${TEXTS[why]}"`, CAUSE] };
  // The callee's answer repeats the whole path; what lies on its side of us follows our own entry, read backwards.
  const path = callee.recordRoutes.toReversed();
  const toCallee = path.slice(path.findLastIndex((value) => isOwn(value, addresses)) + 1);
  send(bye(dialog, caller, callee, toCallee), toCallee, null, outbound);
  // The caller's INVITE came with what lies between it and us, nearest first.
  send(bye(dialog, callee, caller, caller.recordRoutes), caller.recordRoutes, callerFlow, outbound);
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
