import type { SipResponse } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import { targetOf } from '../sip/resolve.ts';
import { parseUri } from '../sip/uri.ts';
import type { Place } from './places.ts';

/**
 * Where a 302 of a place sends the call (RFC 3261 §21.3.3): the Contact of the highest q. Undefined when its route
 * follows no redirection, or no more of them, when no Contact names a place, or when encryption would end there.
 */
export function redirectionOf(response: SipResponse, place: Place): Place | undefined {
  const { status } = response;
  const { redirects = 0, transport } = place.route;
  if (status !== 302 || redirects === 0) return undefined;
  const uri = parseUri(bestContact(response) ?? '');
  const target = uri && targetOf(uri);
  if (!target || (transport === 'tls' && target.transport !== 'tls')) return undefined;
  const route = { ...place.route, ...target, redirects: redirects - 1 };
  return { ...place, user: uri.user ?? place.user, route, redirected: true };
}

/** The URI of the Contact of the highest q; undefined when none can be read. */
export function bestContact({ headers }: SipResponse): string | undefined {
  const contacts = headers.values('contact').flatMap((value) => parseNameAddr(value) ?? []);
  const [best] = contacts.toSorted((left, right) => weight(right.params.get('q')) - weight(left.params.get('q')));
  return best?.uri;
}

/** A Contact without q is as good as any (RFC 3261 §20.10). */
function weight(q: string | null | undefined): number {
  const value = Number(q ?? 1);
  return Number.isNaN(value) ? 0 : value;
}
