import { createHmac, timingSafeEqual } from 'node:crypto';
import { Mac } from '../../kit/mac.ts';
import { memoized } from '../../kit/memo.ts';
import { canonicalRequest, readQuery, sha256, type WireRequest } from './canonical-request.ts';
import { frontEndError, type VendorError } from './errors.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Both of the vendor's services sign under this name. */
const SERVICE = 'chime';
const TERMINATOR = 'aws4_request';
/** The longest life of a presigned request, seconds. */
const MOST_EXPIRES = 604_800;
/** What is kept read of signatures, and signing keys kept ready: one of each for a day and region that is signed for. */
const KEPT = { most: 32, longest: 512 };
/** Times of signing that are kept read: a busy client signs many requests in a second. */
const KEPT_TIMES = { most: 64, longest: 16 };

/** The one pair of keys that may sign. */
export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a request says about its own signature. */
export interface Signature {
  readonly accessKeyId: string;
  /** Credential scope: yyyymmdd, region, service, terminator, with slashes between them; one byte of UTF-8 a character. */
  readonly scope: string;
  readonly date: string;
  readonly service: string;
  readonly terminator: string;
  /** Time of signing, `yyyymmddThhmmssZ`. */
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Seconds that a presigned request stays valid; undefined in the header form. */
  readonly expires: number | undefined;
  /** A session token came along. */
  readonly hasToken: boolean;
}

/**
 * Verifies a request signed with Signature Version 4, in the header or in the query (presigned) form.
 * Throws the front end's VendorError when it does not hold; `now` and `skew` are milliseconds.
 */
export function verifySignature(request: WireRequest, keys: SigningKeys, now: number, skew: number): void {
  const signature = readSignature(request);
  // Only permanent keys exist here, and a permanent key never comes with a token.
  if (signature.hasToken || signature.accessKeyId !== keys.accessKeyId)
    throw frontEndError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  checkScope(signature);
  checkTime(signature, now, skew);
  checkSignedHeaders(request, signature);
  checkPayloadHash(request);
  if (!equalBytes(signature.signature, computeSignature(request, signature, keys.secretAccessKey)))
    throw invalid(
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method.',
    );
}

/** Reads the signature's parts, from `Authorization` or from the query; throws when there is none or it is malformed. */
export function readSignature(request: WireRequest): Signature {
  const authorization = request.headers.get('authorization');
  const query = readQuery(request.target);
  const hasToken = request.headers.has('x-amz-security-token') || query.has('X-Amz-Security-Token');
  if (authorization !== undefined) return { ...fromHeader(authorization, request.headers), hasToken };
  if (query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm')) return { ...fromQuery(query), hasToken };
  throw frontEndError('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

/** The signature that `secret` makes of this request. */
export function computeSignature(request: WireRequest, signature: Signature, secret: string): string {
  return signersOf(secret)(signature.scope).signHex(stringToSign(request, signature));
}

/** What signs for a secret, by scope. */
const signersOf = memoized(
  (secret) =>
    memoized((scope) => {
      const key = scope
        .split('/')
        .reduce<string | Buffer>(
          (chained, part) => createHmac('sha256', chained).update(part, 'latin1').digest(),
          `AWS4${secret}`,
        );
      return new Mac(Buffer.from(key));
    }, KEPT),
  KEPT,
);

/** Signature Version 4, "create a string to sign"; one byte of UTF-8 a character. */
export function stringToSign(request: WireRequest, { timestamp, scope, signedHeaders, expires }: Signature): string {
  return `${ALGORITHM}\n${timestamp}\n${scope}\n${sha256(canonicalRequest(request, signedHeaders, expires !== undefined))}`;
}

function fromHeader(authorization: string, headers: WireRequest['headers']): Omit<Signature, 'hasToken'> {
  // The signature is the last part, as all clients write it: what comes before it many requests say alike.
  const [, before = '', last] = /^(.*[ ,])Signature=([^,]*)$/.exec(authorization) ?? [];
  const parts = last === undefined ? readAuthorization(authorization) : readBeginning(before);
  return {
    ...readParts(parts.get('Credential'), parts.get('SignedHeaders'), last?.trim() ?? parts.get('Signature')),
    timestamp: readTimestamp(headers.get('x-amz-date')),
    expires: undefined,
  };
}

/** The parts of an Authorization header, by name. */
function readAuthorization(authorization: string): ReadonlyMap<string, string> {
  const [algorithm, ...rest] = authorization.split(' ');
  if (algorithm !== ALGORITHM) throw incomplete('Authorization does not begin with AWS4-HMAC-SHA256.');
  const parts = new Map<string, string>();
  for (const part of rest.join(' ').split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return parts;
}

const readBeginning = memoized(readAuthorization, KEPT);

function fromQuery(query: ReadonlyMap<string, string>): Omit<Signature, 'hasToken'> {
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) throw incomplete('X-Amz-Algorithm must be AWS4-HMAC-SHA256.');
  const expires = query.get('X-Amz-Expires') ?? '';
  if (!/^\d{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) > MOST_EXPIRES)
    throw incomplete(`X-Amz-Expires must be between 1 and ${MOST_EXPIRES}.`);
  return {
    ...readParts(query.get('X-Amz-Credential'), query.get('X-Amz-SignedHeaders'), query.get('X-Amz-Signature')),
    timestamp: readTimestamp(query.get('X-Amz-Date')),
    expires: Number(expires),
  };
}

function readParts(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
): Omit<Signature, 'timestamp' | 'expires' | 'hasToken'> {
  if (!credential) throw incomplete("Authorization requires 'Credential' parameter.");
  if (!signedHeaders) throw incomplete("Authorization requires 'SignedHeaders' parameter.");
  if (!signature) throw incomplete("Authorization requires 'Signature' parameter.");
  return { ...readCredential(credential), signedHeaders: readNames(signedHeaders), signature };
}

const readNames = memoized((text) => text.split(';'), KEPT);

const readCredential = memoized((credential) => {
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || !terminator || rest.length > 0)
    throw incomplete('Credential must have exactly 5 slash-delimited elements.');
  const scope = Buffer.from(`${date}/${region}/${service}/${terminator}`).toString('latin1');
  return { accessKeyId, scope, date, service, terminator };
}, KEPT);

function readTimestamp(text: string | undefined): string {
  if (text === undefined || !/^\d{8}T\d{6}Z$/.test(text)) throw incomplete('X-Amz-Date must be yyyymmddThhmmssZ.');
  return text;
}

function checkScope({ date, timestamp, service, terminator }: Signature): void {
  if (service !== SERVICE) throw invalid(`Credential should be scoped to correct service: '${SERVICE}'.`);
  if (terminator !== TERMINATOR) throw invalid(`Credential should be scoped with a valid terminator: '${TERMINATOR}'.`);
  if (date !== timestamp.slice(0, 8)) throw invalid('Date in Credential scope does not match that of X-Amz-Date.');
}

function checkTime({ timestamp, expires }: Signature, now: number, skew: number): void {
  const signed = timeOf(timestamp);
  if (Number.isNaN(signed)) throw incomplete('X-Amz-Date is not a time.');
  const ours = (): string => `(${compactTime(now)}; ${Math.round(skew / 60_000)} min.)`;
  if (signed > now + skew) throw invalid(`Signature not yet current: ${timestamp} is still later than ours ${ours()}`);
  const life = expires === undefined ? skew : expires * 1000;
  if (signed + life < now) throw invalid(`Signature expired: ${timestamp} is now earlier than allowed ${ours()}`);
}

/** Milliseconds since the epoch of `yyyymmddThhmmssZ`; NaN where there is no such time. */
const timeOf = memoized(
  (timestamp) => Date.parse(timestamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')),
  KEPT_TIMES,
);

function checkSignedHeaders(request: WireRequest, { signedHeaders }: Signature): void {
  if (!signedHeaders.includes('host')) throw invalid("'Host' must be a signed header.");
  for (const name of request.headers.keys())
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name)) throw invalid(`'${name}' must be a signed header.`);
}

function checkPayloadHash(request: WireRequest): void {
  const declared = request.headers.get('x-amz-content-sha256');
  if (declared !== undefined && !equalBytes(declared, sha256(request.body)))
    throw invalid('The value of x-amz-content-sha256 does not match the body.');
}

/** Compares two texts in time that depends on nothing but their lengths, which everybody knows. */
function equalBytes(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function compactTime(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function invalid(message: string): VendorError {
  return frontEndError('InvalidSignatureException', message);
}

function incomplete(message: string): VendorError {
  return frontEndError('IncompleteSignatureException', message);
}
