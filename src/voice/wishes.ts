import { PASS_HEADER } from '../rulebook/call-pass.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseUri } from '../sip/uri.ts';

/** Headers of the caller that an application sees; further ones are left out. */
const MOST_HEADERS = 64;

/** The `X-` headers of a request, and User-to-User, by their lower-case names; ours are not among them. */
export function xHeaders({ headers }: SipRequest): ReadonlyMap<string, string> {
  const own = [...headers]
    .filter(({ id }) => (id.startsWith('x-') || id === 'user-to-user') && id !== PASS_HEADER)
    .slice(0, MOST_HEADERS);
  return new Map(own.map(({ id, value }) => [id, value]));
}

/** What an application may put into a call that it wants: headers of its own, none that SIP reads. */
export function customHeaders(
  headers: readonly (readonly [name: string, value: string])[],
): readonly (readonly [name: string, value: string])[] {
  return headers
    .filter(([name]) => /^(?:x-[\w.!%*+`'~-]+|user-to-user)$/i.test(name) && !/^x-tollgate-/i.test(name))
    .slice(0, MOST_HEADERS);
}

/** The From URI for a caller id: a URI as it is, a number or a name at `host`, and nobody for anything else. */
export function callerUri(callerId: string, host: string): string {
  if (parseUri(callerId)?.scheme === 'sip') return callerId.split(/[;?<>]/, 1)[0] ?? '';
  return /^[\w.+-]{1,64}$/.test(callerId) ? `sip:${callerId}@${host}` : 'sip:anonymous@anonymous.invalid';
}
