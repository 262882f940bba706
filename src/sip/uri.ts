import { parseHostPort, printHostPort } from './message/host.ts';
import type { HostPort } from './message/host.ts';
import { NO_PARAMS, printParams } from './message/params.ts';
import type { Params } from './message/params.ts';
import { isSpelled, SEMICOLON, SPACE } from './message/text.ts';

/**
 * A URI as SIP elements see it (RFC 3261 §19.1, RFC 3966). Of a tel URI `user` is the number; of a scheme other than
 * sip, sips and tel it is all that follows the colon.
 */
export interface SipUri extends HostPort {
  /** Lower case. */
  readonly scheme: string;
  /** As written, case and escapes kept; `unescapeUser` reads the escapes. */
  readonly user?: string;
  readonly password?: string;
  /** Lower case; an IPv6 address in canonical spelling without brackets; empty when the scheme has none. */
  readonly host: string;
  readonly port?: number;
  /** By lower-case name; values as written; null without one. */
  readonly params: Params;
  /** What follows `?`, as written; may be empty. */
  readonly headers?: string;
}

/** Reads a URI; undefined when malformed, or open to two readings (a second `@`, a parameter that comes twice). */
export function parseUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':');
  const start = colon + 1;
  if (colon < 1 || start === text.length || !isClean(text, start)) return undefined;
  const scheme = schemeOf(text, colon);
  if (scheme === 'sip' || scheme === 'sips') return parseSip(scheme, text, start);
  if (scheme === 'tel') return parseTel(text.slice(start));
  return isScheme(scheme) ? { scheme, user: text.slice(start), host: '', params: NO_PARAMS } : undefined;
}

/** In lower case; of the usual ones always the same text. */
function schemeOf(text: string, colon: number): string {
  if (colon === 3 && isSpelled(text, 0, 'sip')) return 'sip';
  if (colon === 4 && isSpelled(text, 0, 'sips')) return 'sips';
  return text.slice(0, colon).toLowerCase();
}

/** The URI as text. */
export function printUri(uri: SipUri): string {
  const { scheme, user, password, headers } = uri;
  if (scheme !== 'sip' && scheme !== 'sips') return `${scheme}:${user ?? ''}${printParams(uri.params)}`;
  const userInfo = user === undefined ? '' : `${user}${password === undefined ? '' : `:${password}`}@`;
  const tail = headers === undefined ? '' : `?${headers}`;
  return `${scheme}:${userInfo}${printHostPort(uri)}${printParams(uri.params)}${tail}`;
}

/** A user part with its `%hh` read, once (RFC 3261 §19.1.2): the bytes, one char each. */
export function unescapeUser(user: string): string {
  if (!user.includes('%')) return user;
  return user.replaceAll(ESCAPE, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
}

const ESCAPE = /%[0-9a-f]{2}/gi;

/** The user part that says `user`, one char a byte: what may not stand there as it is becomes `%hh` (RFC 3261 §25.1). */
export function escapeUser(user: string): string {
  return user.replaceAll(NOT_IN_USER, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

const NOT_IN_USER = /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g;

// RFC 3261 §19.1.1. A user may hold `;`, `?` and `/`, so the host is found by the `@` alone. Only one `@` is legal,
// and of two readers of a URI with two the laxer would choose another host than we checked.
function parseSip(scheme: string, text: string, start: number): SipUri | undefined {
  const at = text.indexOf('@', start);
  const colon = text.indexOf(':', start);
  const userEnd = colon >= 0 && colon < at ? colon : at;
  if (userEnd === start || (at > start && text.includes('@', at + 1))) return undefined;
  const address = parseHostPort(text, at < 0 ? start : at + 1);
  if (!address) return undefined;
  const question = text.indexOf('?', address.end);
  const params = parseUriParams(text, address.end, question < 0 ? text.length : question);
  return (
    params && {
      scheme,
      user: at < 0 ? undefined : text.slice(start, userEnd),
      password: userEnd < at ? text.slice(userEnd + 1, at) : undefined,
      host: address.host,
      port: address.port,
      params,
      headers: question < 0 ? undefined : text.slice(question + 1),
    }
  );
}

// RFC 3966 §3, without asking a local number for its phone-context, which the field leaves out.
function parseTel(rest: string): SipUri | undefined {
  const semicolon = rest.indexOf(';');
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon);
  const params = parseUriParams(rest, number.length, rest.length);
  return params && isTelNumber(number) ? { scheme: 'tel', user: number, host: '', params } : undefined;
}

function isTelNumber(text: string): boolean {
  return /^\+?[0-9a-f*#().-]+$/i.test(text) && /[0-9a-f*#]/i.test(text);
}

function parseUriParams(text: string, from: number, to: number): Params | undefined {
  if (from === to) return NO_PARAMS;
  const params = new Map<string, string | null>();
  for (let at = from; at < to;) {
    if (text.charCodeAt(at) !== SEMICOLON) return undefined;
    const next = text.indexOf(';', at + 1);
    const end = next < 0 || next > to ? to : next;
    const part = text.slice(at + 1, end);
    const equal = part.indexOf('=');
    const name = plain(equal < 0 ? part : part.slice(0, equal)).toLowerCase();
    if (name === '' || equal === part.length - 1 || params.has(name)) return undefined;
    params.set(name, equal < 0 ? null : part.slice(equal + 1));
    at = end;
  }
  return params;
}

/** Whether from `start` on no char could end the URI early or hide in it, and every `%` starts an escape. */
function isClean(text: string, start: number): boolean {
  for (let index = start; index < text.length; index += 1) {
    const kind = UNUSUAL[text.charCodeAt(index)];
    if (kind === FORBIDDEN) return false;
    if (kind === PERCENT && !(isHexDigit(text.charCodeAt(index + 1)) && isHexDigit(text.charCodeAt(index + 2))))
      return false;
  }
  return true;
}

const FORBIDDEN = 1;
const PERCENT = 2;
const UNUSUAL = new Uint8Array(256);
UNUSUAL.fill(FORBIDDEN, 0, SPACE + 1);
for (const char of '\x7f"<>') UNUSUAL[char.charCodeAt(0)] = FORBIDDEN;
UNUSUAL['%'.charCodeAt(0)] = PERCENT;

function isHexDigit(code: number): boolean {
  const lower = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

function isScheme(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*$/.test(text);
}

/** The text with escapes of unreserved chars read, the others in capitals: equal for equal parts (§19.1.4). */
function plain(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(ESCAPE, (escape) => {
    const char = unescapeUser(escape);
    return /[a-z0-9\-_.!~*'()]/i.test(char) ? char : escape.toUpperCase();
  });
}

/** Whether two URIs are equivalent (RFC 3261 §19.1.4; tel: RFC 3966 §4; others: the same text). */
export function sameUri(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme) return false;
  if (a.scheme === 'tel') return telKey(a) === telKey(b);
  return (
    plain(a.user ?? '') === plain(b.user ?? '') &&
    (a.user === undefined) === (b.user === undefined) &&
    (a.password === undefined) === (b.password === undefined) &&
    plain(a.password ?? '') === plain(b.password ?? '') &&
    a.host === b.host &&
    a.port === b.port &&
    sameParams(a.params, b.params) &&
    headersKey(a) === headersKey(b)
  );
}

// A parameter in both must be equal; of those in one only, these five make the URIs differ.
const NEVER_IGNORED = ['transport', 'user', 'ttl', 'method', 'maddr'];

function sameParams(a: Params, b: Params): boolean {
  if (NEVER_IGNORED.some((name) => a.has(name) !== b.has(name))) return false;
  for (const [name, value] of a)
    if (b.has(name) && plain(value ?? '').toLowerCase() !== plain(b.get(name) ?? '').toLowerCase()) return false;
  return true;
}

function headersKey(uri: SipUri): string {
  return (uri.headers ?? '')
    .split('&')
    .map((header) => {
      const equal = header.indexOf('=');
      return equal < 0
        ? plain(header).toLowerCase()
        : plain(header.slice(0, equal)).toLowerCase() + plain(header.slice(equal));
    })
    .toSorted()
    .join('&');
}

function telKey(uri: SipUri): string {
  const number = (uri.user ?? '').replaceAll(/[().-]/g, '');
  const params = [...uri.params].map(([name, value]) => `;${name}=${plain(value ?? '')}`).toSorted();
  return `${number}${params.join('')}`.toLowerCase();
}
