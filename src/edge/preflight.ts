import type { ReasonCode } from '../rulebook/decide/reasons.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseUri } from '../sip/uri.ts';

const SCHEMES = new Set(['sip', 'sips', 'tel']);

/** What a proxy checks before it looks at whom a request is for (RFC 3261 §16.3), in that order; undefined: go on. */
export function preflight(request: SipRequest): ReasonCode | undefined {
  const uri = parseUri(request.uri);
  if (!uri) return 'malformed-request';
  if (!SCHEMES.has(uri.scheme)) return 'scheme-not-supported';
  if (request.headers.has('max-forwards')) {
    const hops = request.maxForwards;
    if (hops === undefined) return 'malformed-request';
    if (hops === 0) return 'too-many-hops';
  }
  if (request.headers.values('proxy-require').length > 0) return 'extension-not-supported';
  return undefined;
}
