import { decimal, unquote } from '../../sip/message/text.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import { parseNameAddr } from '../../sip/message/nameaddr.ts';
import { printParams, type Params } from '../../sip/message/params.ts';
import { parseUri, type SipUri } from '../../sip/uri.ts';

/** Characters of one Contact: it is kept, and told in every answer. */
const LONGEST_CONTACT = 1024;

/** A contact that a REGISTER names. */
export interface WantedContact {
  /** As written between `<` and `>`. */
  readonly contact: string;
  readonly uri: SipUri;
  /** The header's parameters as text, without `expires`. */
  readonly params: string;
  readonly q: number;
  readonly instance: string | null;
  /** Seconds wished for; null when it says nothing, or nothing that can be read (RFC 3261 §10.2.1.1). */
  readonly expires: number | null;
}

/** What a REGISTER wants: to know the bindings, to remove all of them, or to change some. */
export type Wish =
  | { readonly kind: 'query' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'update'; readonly contacts: readonly WantedContact[] };

/** Reads the Contacts of a REGISTER; undefined when they break the grammar or the rules of `*` (RFC 3261 §10.2.2). */
export function readContacts({ headers }: SipRequest): Wish | undefined {
  const values = headers.values('contact');
  if (values.length === 0) return headers.has('contact') ? undefined : { kind: 'query' };
  const expires = readExpires(headers.get('expires'));
  if (values.includes('*')) return values.length === 1 && expires === 0 ? { kind: 'clear' } : undefined;
  const contacts: WantedContact[] = [];
  for (const value of values) {
    const contact = readContact(value, expires);
    if (!contact) return undefined;
    contacts.push(contact);
  }
  return { kind: 'update', contacts };
}

function readContact(value: string, common: number | null): WantedContact | undefined {
  const address = value.length > LONGEST_CONTACT ? undefined : parseNameAddr(value);
  const uri = address && parseUri(address.uri);
  // Other schemes are no place to send a call to.
  if (!uri || (uri.scheme !== 'sip' && uri.scheme !== 'sips') || uri.host === '') return undefined;
  const params = new Map(address.params);
  const q = readQ(params.get('q'));
  if (q === undefined) return undefined;
  const own = params.get('expires');
  params.delete('expires');
  return {
    contact: address.uri,
    uri,
    params: printParams(params),
    q,
    instance: readInstance(params),
    expires: own === undefined ? common : readExpires(own ?? undefined),
  };
}

function readExpires(text: string | undefined): number | null {
  return text === undefined ? null : (decimal(text) ?? null);
}

/** RFC 3261 §25.1: 0 to 1, undefined where it is none of these; one without any is preferred, as most proxies have it. */
function readQ(text: string | null | undefined): number | undefined {
  if (text === undefined) return 1;
  return text !== null && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}

/** A device that comes back with a new address takes the place of what it was (RFC 5626 §5.2). */
function readInstance(params: Params): string | null {
  const instance = params.get('+sip.instance');
  return instance == null ? null : `${unquote(instance)} ${params.get('reg-id') ?? ''}`;
}
