import { isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress } from '../../kit/ip.ts';
import { alone, COLON, decimal, skipSpace } from './text.ts';

const OPEN_BRACKET = 0x5b;
const LARGEST_PORT = 65_535;

/** A host with its port: a name in lower case, or an address in canonical spelling without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port?: number;
}

/** Reads `host [:port]` at `at`, spaces allowed round the colon; with the position behind it. Undefined: malformed. */
export function parseHostPort(text: string, at: number): (HostPort & { readonly end: number }) | undefined {
  const end = hostEnd(text, at);
  const host = hostBetween(text, at, end);
  if (host === undefined) return undefined;
  const colon = skipSpace(text, end);
  if (text.charCodeAt(colon) !== COLON) return { host, port: undefined, end };
  const portStart = skipSpace(text, colon + 1);
  let portEnd = portStart;
  while (isDigit(text.charCodeAt(portEnd))) portEnd += 1;
  const port = decimal(text.slice(portStart, portEnd));
  return port && port <= LARGEST_PORT ? { host, port, end: portEnd } : undefined;
}

/** `host:port` as text, IPv6 in brackets. */
export function printHostPort(value: HostPort): string {
  const host = value.host.includes(':') ? `[${value.host}]` : value.host;
  return value.port === undefined ? host : `${host}:${value.port}`;
}

// What ends in a number is an address (RFC 1123 §2.1): resolvers read `127.1` and `0x7f000001` as one.
function endsInNumber(text: string): boolean {
  const label = text.slice(text.lastIndexOf('.', text.length - 2) + 1);
  return isDigit(label.charCodeAt(0)) && /^(?:\d+|0x[0-9a-f]*)\.?$/i.test(label);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

// Letters, digits, `-`, `.`; and `_`, as names with it are in use.
function isHostChar(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || isDigit(code) || code === 0x2d || code === 0x2e || code === 0x5f;
}

/** Just behind the host that begins at `at`: a name's last char, or the closing bracket of an IPv6 reference. */
function hostEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === OPEN_BRACKET) return text.indexOf(']', at) + 1;
  let end = at;
  while (isHostChar(text.charCodeAt(end))) end += 1;
  return end;
}

/** A host as it was written, and as it reads. */
interface Known {
  readonly written: string;
  readonly host: string;
}

/** Places for hosts that are remembered, a power of two: each message names the same few several times. */
const PLACES = 4096;

/** Chars of the longest of them, so that none fills memory. */
const LONGEST_REMEMBERED = 64;

/** Each at the place that its chars add up to, where the next one takes it over. No text has to be made to look there. */
const known = Array.from({ length: PLACES }, (): Known => ({ written: '', host: '' }));

/** Of one host always the same text, so that whoever looks for it in a Map is quick. */
function hostBetween(text: string, at: number, end: number): string | undefined {
  let sum = 0;
  for (let index = at; index < end; index += 1) sum = (sum * 31 + text.charCodeAt(index)) | 0;
  const place = sum & (PLACES - 1);
  const { written = '', host } = known[place] ?? {};
  if (written.length === end - at && end > at && text.startsWith(written, at)) return host;
  const fresh = alone(text.slice(at, end));
  const read = readHost(fresh);
  if (read !== undefined && fresh.length <= LONGEST_REMEMBERED) known[place] = { written: fresh, host: read };
  return read;
}

// IPv6 stands in brackets (RFC 5118 §4.1), and `[::ffff:a.b.c.d]` is the host a.b.c.d (§4.9).
function readHost(text: string): string | undefined {
  if (text === '') return undefined;
  if (text.charCodeAt(0) === OPEN_BRACKET) {
    const address = withoutThirdColon(text.slice(1, -1));
    return isIPv6(address) && !address.includes('%') ? canonicalAddress(address) : undefined;
  }
  if (endsInNumber(text)) return isIPv4(text) ? text : undefined;
  return hasEmptyLabel(text) ? undefined : text.toLowerCase();
}

function hasEmptyLabel(text: string): boolean {
  return text.startsWith('.') || text.includes('..');
}

// RFC 5118 §4.10: the grammar of RFC 3261 puts a colon too many between `::` and an IPv4 address, and nowhere else.
function withoutThirdColon(address: string): string {
  const at = address.indexOf(':::');
  return at >= 0 && isIPv4(address.slice(at + 3)) ? address.slice(0, at) + address.slice(at + 1) : address;
}
