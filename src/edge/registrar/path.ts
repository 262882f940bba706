import type { SipRequest } from '../../sip/message/message.ts';
import { parseNameAddr } from '../../sip/message/nameaddr.ts';
import { parseUri } from '../../sip/uri.ts';

/** Characters of all Path values together: they are kept with each binding, and go out with each call. */
const LONGEST_PATH = 2048;

/** Whether the telephone says that it knows the option. */
export function supports({ headers }: SipRequest, option: string): boolean {
  return [...headers.values('supported'), ...headers.values('require')].some((name) => name.toLowerCase() === option);
}

/**
 * The proxies that calls shall go through (RFC 3327 §5.3), nearest to us first; none for a telephone that does not know
 * of it. Undefined when they cannot be read, or are too many to keep.
 */
export function readPath(request: SipRequest): string[] | undefined {
  if (!supports(request, 'path')) return [];
  const values = request.headers.values('path');
  if (values.join().length > LONGEST_PATH) return undefined;
  const path: string[] = [];
  for (const value of values) {
    const address = parseNameAddr(value);
    const scheme = address && parseUri(address.uri)?.scheme;
    if (!address || (scheme !== 'sip' && scheme !== 'sips')) return undefined;
    path.push(`<${address.uri}>`);
  }
  return path;
}
