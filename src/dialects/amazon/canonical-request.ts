import { hash } from 'node:crypto';
import { memoized } from '../../kit/memo.ts';

/** A request as it came over the wire, before anything was decoded. */
export interface WireRequest {
  readonly method: string;
  /** Path and query as in the request line, still percent-encoded. */
  readonly target: string;
  /** By lower-case name; see `readHeaders`. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** One `name=value` of a query, decoded. */
interface QueryPair {
  readonly name: string;
  readonly value: string;
}

const UNRESERVED = /^[A-Za-z0-9\-_.~]$/;
/** A path that encoding leaves as it is, as nearly all are. */
const PLAIN_PATH = /^\/[A-Za-z0-9\-_.~/]*$/;
/** Which byte may stand for itself, looked up by its value. */
const KEPT = Array.from({ length: 256 }, (_, byte) => UNRESERVED.test(String.fromCharCode(byte)));
const ESCAPED = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);

/** Queries kept read: most are one of a few, such as `operation=put`. */
const KEPT_QUERIES = { most: 64, longest: 64 };

/** Of nothing, which is what most requests have for a body. */
const SHA256_OF_NOTHING = hash('sha256', '');

/** Lower-case hexadecimal SHA-256. */
export function sha256(data: string | Buffer): string {
  return data.length === 0 ? SHA256_OF_NOTHING : hash('sha256', data);
}

/** Percent-encodes every byte but the unreserved ones of RFC 3986 §2.3. `text` holds one byte a character. */
function percentEncode(text: string): string {
  let encoded = '';
  for (let index = 0; index < text.length; index += 1) {
    const byte = text.charCodeAt(index) & 0xff;
    encoded += KEPT[byte] ? text[index] : ESCAPED[byte];
  }
  return encoded;
}

/** Decodes `%XX`, one byte a character; anything else, a plus sign and a broken escape included, stands for itself. */
function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%[0-9A-Fa-f]{2}/g, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
}

/** The path before the question mark and the query after it. */
function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The pairs of a raw query, names and values decoded to one byte a character. */
function bytePairs(query: string): QueryPair[] {
  if (query === '') return [];
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      return { name: percentDecode(name), value: equals < 0 ? '' : percentDecode(pair.slice(equals + 1)) };
    });
}

/** The query of a request as text; of several pairs with one name the first counts. */
export function readQuery(target: string): ReadonlyMap<string, string> {
  return parseQuery(splitTarget(target).query);
}

const parseQuery = memoized((query): ReadonlyMap<string, string> => {
  const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
  const found = new Map<string, string>();
  for (const { name, value } of bytePairs(query)) {
    const key = utf8(name);
    if (!found.has(key)) found.set(key, utf8(value));
  }
  return found;
}, KEPT_QUERIES);

/** Every segment of the raw path encoded once more: what arrives as `%2B` is signed as `%252B`. */
function canonicalPath(path: string): string {
  if (PLAIN_PATH.test(path)) return path;
  return path === '' ? '/' : path.split('/').map(percentEncode).join('/');
}

const canonicalQuery = memoized((query) => encodePairs(bytePairs(query)), KEPT_QUERIES);

/** Pairs encoded alike, in the order of their bytes. */
function encodePairs(pairs: readonly QueryPair[]): string {
  return pairs
    .map(({ name, value }) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/**
 * Headers as they are signed: lower-case names, blanks at the ends dropped and inner runs collapsed to one, lines of one
 * name joined by a comma. `rawHeaders` is name, value, name, value… in the order received.
 */
export function readHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const line = (rawHeaders[index + 1] ?? '').trim();
    const value = line.includes('  ') ? line.replace(/ +/g, ' ') : line;
    const known = headers.get(name);
    headers.set(name, known === undefined ? value : `${known},${value}`);
  }
  return headers;
}

/**
 * Signature Version 4, "create a canonical request": the text that both sides hash.
 * A presigned request carries its signature in the query, which of course was not signed.
 */
export function canonicalRequest(request: WireRequest, signedHeaders: readonly string[], presigned: boolean): string {
  const { path, query } = splitTarget(request.target);
  const signedQuery = presigned
    ? encodePairs(bytePairs(query).filter(({ name }) => name !== 'X-Amz-Signature'))
    : canonicalQuery(query);
  let headers = '';
  for (const name of signedHeaders) headers += `${name}:${request.headers.get(name) ?? ''}\n`;
  const head = `${request.method.toUpperCase()}\n${canonicalPath(path)}\n${signedQuery}\n${headers}\n`;
  return `${head}${signedHeaders.join(';')}\n${sha256(request.body)}`;
}
