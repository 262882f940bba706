import { hash, timingSafeEqual } from 'node:crypto';
import { hex } from '../kit/ids.ts';
import { parseAuthParams } from './digest-params.ts';
import type { NonceIssuer } from './nonce.ts';
import { fromWire, quote, toWire } from './message/text.ts';

export { NonceCounters, NonceIssuer } from './nonce.ts';

/** The algorithms that can be offered and answered (RFC 8760 §2.3). */
export type DigestAlgorithm = 'SHA-512-256' | 'SHA-256' | 'MD5';

/**
 * Strongest first, with the name the hash has in the runtime. SHA-512-256 is SHA-512/256 of FIPS 180-4, which is not
 * SHA-512 cut short: the example in RFC 7616 §3.9.2 is (errata 4897).
 */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA-512-256', 'sha512-256'],
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
]);

/** What a Digest answer claims; values unquoted and unescaped (RFC 7616 §3.4). */
export interface DigestCredentials {
  /** Read as UTF-8. */
  readonly username: string;
  /** Read as UTF-8. */
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  /** In capitals; MD5 when the answer names none (RFC 7616 §3.4). */
  readonly algorithm: string;
  /** As written; undefined in an answer of RFC 2069 style, which has no replay protection. */
  readonly qop?: string;
  readonly cnonce?: string;
  /** Eight hexadecimal digits. */
  readonly nc?: string;
  readonly opaque?: string;
}

/** Reads an Authorization or Proxy-Authorization value; undefined when it is not a well-formed Digest answer. */
export function parseDigest(headerValue: string): DigestCredentials | undefined {
  const params = parseAuthParams(headerValue);
  const username = params?.get('username');
  const realm = params?.get('realm');
  const nonce = params?.get('nonce');
  const uri = params?.get('uri');
  const response = params?.get('response');
  if (!params || username === undefined || realm === undefined || !nonce || !uri || !response) return undefined;
  const counted = parseCounted(params);
  if (!counted) return undefined;
  const opaque = params.get('opaque');
  return {
    username: fromWire(username),
    realm: fromWire(realm),
    nonce,
    uri,
    response,
    algorithm: (params.get('algorithm') ?? 'MD5').toUpperCase(),
    ...counted,
    ...(opaque === undefined ? {} : { opaque }),
  };
}

const NONCE_COUNT = /^[0-9a-f]{8}$/i;

// RFC 7616 §3.4: qop, cnonce and nc come together; without qop the other two mean nothing.
function parseCounted(
  params: ReadonlyMap<string, string>,
): Pick<DigestCredentials, 'qop' | 'cnonce' | 'nc'> | undefined {
  const qop = params.get('qop');
  if (qop === undefined) return {};
  const cnonce = params.get('cnonce');
  const nc = params.get('nc');
  return cnonce !== undefined && nc !== undefined && NONCE_COUNT.test(nc) ? { qop, cnonce, nc } : undefined;
}

/**
 * Whether the answer proves knowledge of `ha1`, the hash of `username:realm:password` under its algorithm in
 * hexadecimal digits. An answer without qop passes only when `acceptWithoutQop` (RFC 8760 §2.6). The comparison takes
 * the same time for every answer.
 */
export function verifyResponse(
  credentials: DigestCredentials,
  ha1: string,
  method: string,
  body: Buffer,
  acceptWithoutQop = false,
): boolean {
  const expected = digestResponse({ ...credentials, ha1, method, body });
  if (expected === undefined || (credentials.qop === undefined && !acceptWithoutQop)) return false;
  const given = Buffer.from(credentials.response.toLowerCase(), 'latin1');
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected, 'latin1'));
}

/** HA1 of an account: what is stored instead of its password, and as secret as that (RFC 7616 §3.4.2). */
export function computeHa1(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return digest(HASHES.get(algorithm) ?? '', toWire(`${username}:${realm}:${password}`));
}

interface ResponseInput {
  readonly algorithm: string;
  readonly ha1: string;
  readonly nonce: string;
  readonly uri: string;
  readonly method: string;
  readonly body: Buffer;
  readonly qop?: string | undefined;
  readonly cnonce?: string | undefined;
  readonly nc?: string | undefined;
}

// RFC 7616 §3.4.1 and §3.4.3; undefined for an algorithm or qop that is not ours.
function digestResponse(input: ResponseInput): string | undefined {
  const algorithm = HASHES.get(input.algorithm);
  const qop = input.qop?.toLowerCase();
  if (algorithm === undefined || (qop !== undefined && qop !== 'auth' && qop !== 'auth-int')) return undefined;
  const entity = qop === 'auth-int' ? `:${hash(algorithm, input.body)}` : '';
  const ha2 = digest(algorithm, `${input.method}:${input.uri}${entity}`);
  const middle = qop === undefined ? '' : `${input.nc}:${input.cnonce}:${input.qop}:`;
  return digest(algorithm, `${input.ha1}:${input.nonce}:${middle}${ha2}`);
}

/** Hashes head text: one char is one byte. What is ASCII, as most is, the runtime takes for that by itself. */
function digest(algorithm: string, text: string): string {
  return hash(algorithm, NOT_ASCII.test(text) ? Buffer.from(text, 'latin1') : text);
}

const NOT_ASCII = /[\u0080-\uffff]/;

/** WWW-Authenticate or Proxy-Authenticate values, one per algorithm, strongest first (RFC 8760 §2.4). */
export function challengeHeaders(challenge: {
  realm: string;
  algorithms: readonly DigestAlgorithm[];
  issuer: NonceIssuer;
  stale: boolean;
  /** The address it is sent to. */
  client?: string;
}): string[] {
  const { realm, algorithms, issuer, stale, client } = challenge;
  return [...HASHES.keys()]
    .filter((algorithm): algorithm is DigestAlgorithm => algorithms.some((offered) => offered === algorithm))
    .map((algorithm) => {
      const nonce = issuer.issue(realm, algorithm, client);
      const tail = stale ? ', stale=true' : '';
      return `Digest realm=${quote(toWire(realm))}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${tail}`;
    });
}

/** What a client needs to answer a challenge. */
export interface ChallengeAnswer {
  /** The WWW-Authenticate or Proxy-Authenticate value. */
  readonly challenge: string;
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** The Request-URI. */
  readonly uri: string;
  /** Hashed only when the server accepts nothing but auth-int. */
  readonly body?: Buffer;
  /** How often this nonce was used, this time included; 1 by default. */
  readonly nc?: number;
  /** Random by default. */
  readonly cnonce?: string;
}

/** The Authorization or Proxy-Authorization value; undefined when the challenge is malformed or not one we can answer. */
export function answerChallenge(answer: ChallengeAnswer): string | undefined {
  const params = parseAuthParams(answer.challenge);
  const realm = params?.get('realm');
  const nonce = params?.get('nonce');
  const offered = params?.get('algorithm');
  const algorithm = knownAlgorithm(offered ?? 'MD5');
  const qop = chooseQop(params?.get('qop'));
  if (!params || realm === undefined || !nonce || !algorithm || qop === null) return undefined;
  const { username, password, method, uri, body = Buffer.alloc(0) } = answer;
  const ha1 = computeHa1(algorithm, username, fromWire(realm), password);
  const nc = (answer.nc ?? 1).toString(16).padStart(8, '0');
  const cnonce = answer.cnonce ?? hex(8);
  const response = digestResponse({ algorithm, ha1, nonce, uri, method, body, qop, nc, cnonce }) ?? '';
  const opaque = params.get('opaque');
  return [
    `Digest username=${quote(toWire(username))}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    ...(offered === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(qop === undefined ? [] : [`cnonce=${quote(cnonce)}`, `qop=${qop}`, `nc=${nc}`]),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
  ].join(', ');
}

function knownAlgorithm(name: string): DigestAlgorithm | undefined {
  const upper = name.toUpperCase();
  return HASHES.has(upper) ? (upper as DigestAlgorithm) : undefined;
}

/** `auth` when offered, else `auth-int`; undefined when the challenge has no qop, null when it has none we know. */
function chooseQop(offer: string | undefined): 'auth' | 'auth-int' | undefined | null {
  if (offer === undefined) return undefined;
  const options = new Set(
    offer
      .toLowerCase()
      .split(',')
      .map((option) => option.trim()),
  );
  if (options.has('auth')) return 'auth';
  return options.has('auth-int') ? 'auth-int' : null;
}
