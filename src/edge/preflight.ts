import type { ReasonCode } from '../rulebook/decide/reasons.ts';
import type { SipRequest } from '../sip/message/message.ts';

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
  if (request.headers.has('max-forwards')) {
    const hops = request.maxForwards;
    if (hops === undefined) return 'malformed-request';
    const endsHere = ANSWERED_HERE.has(request.method) && request.to?.tag === undefined;
    if (hops === 0 && !endsHere) return 'too-many-hops';
  }
  if (looped()) return 'loop-detected';
  // An ACK has no answer, so nothing may be asked of it (§8.2.2.3).
  if (request.method !== 'ACK' && asksOfProxies(request)) return 'extension-not-supported';
  return undefined;
}

/** An empty header asks nothing. */
function asksOfProxies({ headers }: SipRequest): boolean {
  return headers.has('proxy-require') && headers.values('proxy-require').length > 0;
}
