import type { ReasonCode } from '../rulebook/decide/reasons.ts';
import { MAX_HOPS } from '../sip/message/limits.ts';
import type { SipRequest } from '../sip/message/message.ts';

/** Record-Routes that we put in front: two where the sides differ (RFC 5658). */
const MOST_OWN_ROUTES = 2;

const SCHEMES = new Set(['sip', 'sips', 'tel']);

/** Outside of a dialog these end here, so that they need no further hop (RFC 3261 §16.3 step 3, §11). */
const ANSWERED_HERE = new Set(['OPTIONS', 'REGISTER']);

/**
 * What a proxy checks before it looks at whom a request is for (RFC 3261 §16.3), in that order; undefined: go on.
 * `looped` tells whether the request was here before.
 */
export function preflight(request: SipRequest, looped: () => boolean): ReasonCode | undefined {
  const uri = request.target;
  if (!uri) return 'malformed-request';
  if (!SCHEMES.has(uri.scheme)) return 'scheme-not-supported';
  const endsHere = ANSWERED_HERE.has(request.method) && request.to?.tag === undefined;
  if (request.headers.has('max-forwards')) {
    const hops = request.maxForwards;
    if (hops === undefined) return 'malformed-request';
    if (hops === 0 && !endsHere) return 'too-many-hops';
  }
  if (!endsHere && !hasRoom(request)) return 'too-many-hops';
  if (looped()) return 'loop-detected';
  // An ACK has no answer, so nothing may be asked of it (§8.2.2.3).
  if (request.method !== 'ACK' && asksOfProxies(request)) return 'extension-not-supported';
  return undefined;
}

/** Whether the answer could still be read here, which repeats all Vias and routes, and what we put in front of them. */
function hasRoom({ headers }: SipRequest): boolean {
  if (headers.countValues('via') >= MAX_HOPS) return false;
  return !headers.has('record-route') || headers.countValues('record-route') <= MAX_HOPS - MOST_OWN_ROUTES;
}

/** An empty header asks nothing. */
function asksOfProxies({ headers }: SipRequest): boolean {
  return headers.has('proxy-require') && headers.values('proxy-require').length > 0;
}
