import { isToken } from './text.ts';

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
  'Min-SE', 'Organization', 'P-Access-Network-Info', 'P-Asserted-Identity', 'P-Charging-Vector',
  'P-Preferred-Identity', 'Path', 'Privacy', 'Proxy-Authenticate', 'Proxy-Authorization', 'Proxy-Require', 'RAck',
  'Reason', 'Record-Route', 'Remote-Party-ID', 'Replaces', 'Require', 'Retry-After', 'Route', 'RSeq', 'Server',
  'Service-Route', 'Subscription-State', 'Timestamp', 'Unsupported', 'User-Agent', 'Warning', 'WWW-Authenticate',
]; // prettier-ignore

/** Spellings seen on nearly every message, so that most names cost one lookup and no new string. */
const IDS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(COMPACT).flatMap(spellings),
  ...COMMON.flatMap((name) => spellings([name, name])),
]);

function spellings([compact, name]: [string, string]): [string, string][] {
  const id = name.toLowerCase();
  return [compact, compact.toUpperCase(), name, id].map((spelling) => [spelling, id]);
}

/** The canonical id of a header name: lower case, compact forms expanded (RFC 3261 §7.3.1, §7.3.3). */
export function headerId(name: string): string {
  return IDS.get(name) ?? name.toLowerCase();
}

/** The canonical id of a name as a stranger wrote it; undefined when it is no token. */
export function parseHeaderName(name: string): string | undefined {
  return IDS.get(name) ?? (isToken(name) ? name.toLowerCase() : undefined);
}

/** Headers whose commas part the fields of one value, never values (RFC 3261 §7.3.1). */
export const NEVER_SPLIT: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
]);
