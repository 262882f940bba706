import { isSpelled } from './text.ts';

/** Compact forms: RFC 3261 §7.3.3 and the later RFCs of the IANA registry. */
const COMPACT: Record<string, string> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

const COMMON = [
  'Accept', 'Accept-Encoding', 'Accept-Language', 'Alert-Info', 'Allow', 'Authorization', 'Call-Info',
  'Content-Disposition', 'CSeq', 'Date', 'Diversion', 'Expires', 'History-Info', 'Max-Forwards', 'Min-Expires',
  'Min-SE', 'Organization', 'P-Access-Network-Info', 'P-Asserted-Identity', 'P-Charge-Info',
  'P-Charging-Function-Addresses', 'P-Charging-Vector', 'P-Preferred-Identity', 'P-Profile-Key', 'P-Served-User', 'Path', 'Privacy', 'Proxy-Authenticate', 'Proxy-Authorization', 'Proxy-Require', 'RAck',
  'Reason', 'Record-Route', 'Refer-Sub', 'Remote-Party-ID', 'Replaces', 'Require', 'Retry-After', 'Route', 'RSeq', 'Server',
  'Service-Route', 'Subscription-State', 'Target-Dialog', 'Timestamp', 'Unsupported', 'User-Agent', 'Warning', 'WWW-Authenticate',
]; // prettier-ignore

/** The code of every header that has none of its own. */
export const OTHER = 0;

/** Known ids by their codes, which are small numbers: a header is found by comparing those, not texts. */
const IDS: readonly string[] = [
  '',
  ...new Set([...Object.values(COMPACT), ...COMMON].map((name) => name.toLowerCase())),
];

/** How many codes there are, OTHER included. */
export const KNOWN_HEADERS = IDS.length;

const CODES: ReadonlyMap<string, number> = new Map(IDS.map((id, code) => [id, code]));

/** Every spelling that is read as a known name: lower case, long or compact. */
interface Spelling {
  readonly letters: string;
  readonly code: number;
}

/** Spellings by length and first letter, so that at most a few are compared. */
const SPELLINGS: readonly (readonly Spelling[])[] = shelve([
  ...IDS.slice(1).map((id) => ({ letters: id, code: codeOf(id) })),
  ...Object.entries(COMPACT).map(([letters, name]) => ({ letters, code: codeOf(name.toLowerCase()) })),
]);

function shelve(spellings: readonly Spelling[]): Spelling[][] {
  const shelves: Spelling[][] = Array.from({ length: 32 * 32 }, () => []);
  for (const spelling of spellings)
    shelves[shelfOf(spelling.letters.length, spelling.letters.charCodeAt(0))]?.push(spelling);
  return shelves;
}

/** A letter's low five bits are the same in either case. */
function shelfOf(length: number, first: number): number {
  return ((length & 31) << 5) | (first & 31);
}

/** The code of a canonical id; OTHER when it is not a known one. */
export function codeOf(id: string): number {
  return CODES.get(id) ?? OTHER;
}

/** Known headers: 1 at the places of their codes. */
export type HeaderSet = Uint8Array;

/** The codes of known ids; throws when one has no code of its own, for it would stand for every unknown header. */
export function codesOf(ids: readonly string[]): HeaderSet {
  const set = new Uint8Array(KNOWN_HEADERS);
  for (const id of ids) {
    const code = codeOf(id);
    if (code === OTHER) throw new Error(`${id} is no known header`);
    set[code] = 1;
  }
  return set;
}

/** The canonical id that a code stands for; empty for OTHER. */
export function idOf(code: number): string {
  return IDS[code] ?? '';
}

/** The code of the name that stands from `from` to `to`, in any spelling; OTHER when it is not a known one. */
export function codeAt(text: string, from: number, to: number): number {
  for (const { letters, code } of SPELLINGS[shelfOf(to - from, text.charCodeAt(from))] ?? [])
    if (letters.length === to - from && isSpelled(text, from, letters)) return code;
  return OTHER;
}

/** The canonical id of a header name: lower case, compact forms expanded (RFC 3261 §7.3.1, §7.3.3). */
export function headerId(name: string): string {
  return idOf(codeAt(name, 0, name.length)) || name.toLowerCase();
}

const METHODS = [
  'INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY', 'SUBSCRIBE',
  'MESSAGE', 'PUBLISH',
]; // prettier-ignore

/** The method that stands from `from` to `to`; a known one is always the same text, so that comparing it is quick. */
export function methodBetween(text: string, from: number, to: number): string {
  for (const method of METHODS) if (method.length === to - from && text.startsWith(method, from)) return method;
  return text.slice(from, to);
}

/** Headers whose commas part the fields of one value, never values (RFC 3261 §7.3.1). */
export const NEVER_SPLIT: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
]);
