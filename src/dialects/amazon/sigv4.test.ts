import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalRequest, readHeaders, readQuery, sha256, type WireRequest } from './canonical-request.ts';
import { VendorError } from './errors.ts';
import { computeSignature, readSignature, stringToSign, verifySignature } from './sigv4.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLETOLLGATE1', secretAccessKey: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00' };
const NOON = Date.UTC(2026, 10, 21, 12);
const SKEW = 300_000;
const MINUTE = 60_000;

interface Vector {
  method: string;
  target: string;
  headers?: string[];
  region: string;
  signed: string;
  body?: string;
  hash: string;
  signature: string;
}

/** Made by another implementation with its clock stopped at noon. */
const VECTORS: Record<string, Vector> = {
  V1: {
    method: 'POST',
    target: '/voice-connectors/abcdef1ghij2klmno3pqr4/termination/credentials?operation=delete',
    headers: ['Content-Type', 'application/json'],
    region: 'us-east-1',
    signed: 'content-type;host;x-amz-date',
    body: '{"Usernames": ["jdoe"]}',
    hash: 'a356f8c10562242b595b9e3c45b75e74560a54887f1b4c048f5f1c1fa5143670',
    signature: '6823add33018af5e159ccf73828a0d1b5c53af7797c224cbd1b74e8e133102a8',
  },
  V2: {
    method: 'GET',
    target: '/phone-numbers/%2B12065550100',
    region: 'eu-west-1',
    signed: 'host;x-amz-date',
    hash: 'e0ccec1a8311aad3f2832c3f5a97d10364e32c4a8ac03e6c15461605208c6d63',
    signature: '272eea896b5b0ad83ce33a1332352a10e827e6a00371314c50d0a255137ed0f4',
  },
  V3: {
    method: 'GET',
    target: '/tags?arn=arn%3Aaws%3Achime%3Aus-east-1%3A111122223333%3Avc%2Fabcdef1ghij2klmno3pqr4',
    headers: ['X-Amz-Security-Token', 'SESSIONTOKEN'],
    region: 'us-east-1',
    signed: 'host;x-amz-date;x-amz-security-token',
    hash: '0cc95601ac353b0b444e421c753c16fee1f2ce7bd007ecf99ca8b8514d4c9dbe',
    signature: 'b63effc05cc2ee9a2643aa6b114dbc91df8e398fdf936d6257e64def93535120',
  },
};

function authorization({ region, signed, signature }: Vector, service = 'chime'): string {
  const credential = `${KEYS.accessKeyId}/20261121/${region}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=${signature}`;
}

function wire(vector: Vector, changes: { headers?: string[]; authorization?: string } = {}): WireRequest {
  const headers = ['Host', '127.0.0.1:18080', 'X-Amz-Date', '20261121T120000Z', ...(vector.headers ?? [])];
  headers.push('Authorization', changes.authorization ?? authorization(vector), ...(changes.headers ?? []));
  const { method, target, body = '' } = vector;
  return { method, target, headers: readHeaders(headers), body: Buffer.from(body) };
}

/** V4: the signature in the query, good for 300 seconds. */
function presigned(changes: { expires?: string; extra?: string } = {}): WireRequest {
  const query = [
    'max-results=5',
    'next-token=a%2Bb%3D',
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${KEYS.accessKeyId}%2F20261121%2Fus-east-1%2Fchime%2Faws4_request`,
    'X-Amz-Date=20261121T120000Z',
    `X-Amz-Expires=${changes.expires ?? '300'}`,
    'X-Amz-SignedHeaders=host',
    'X-Amz-Signature=62bb727ee2962bf9a138748da5e7cf132ad5375040c27b9e7b57ffbc1a946c57',
  ];
  const headers = readHeaders(['Host', '127.0.0.1:18080']);
  const target = `/voice-connectors?${query.join('&')}${changes.extra ?? ''}`;
  return { method: 'GET', target, headers, body: Buffer.alloc(0) };
}

/** Signs `request` as a client would: by computing what its own header should have said. */
function resign(request: WireRequest, secret = KEYS.secretAccessKey): WireRequest {
  const signature = computeSignature(request, readSignature(request), secret);
  const old = request.headers.get('authorization') ?? '';
  const headers = new Map(request.headers).set('authorization', old.replace(/Signature=.*/, `Signature=${signature}`));
  return { ...request, headers };
}

function refusal(request: WireRequest, now = NOON): string {
  try {
    verifySignature(request, KEYS, now, SKEW);
  } catch (error) {
    assert.ok(error instanceof VendorError);
    return `${error.status} ${error.type}`;
  }
  return 'accepted';
}

const MISMATCH = '403 InvalidSignatureException';
const V1 = VECTORS['V1'] as Vector;
const V2 = VECTORS['V2'] as Vector;
const V3 = VECTORS['V3'] as Vector;

describe('signature vectors', () => {
  for (const [name, vector] of Object.entries(VECTORS))
    test(name, () => {
      const request = wire(vector);
      const signature = readSignature(request);
      assert.equal(stringToSign(request, signature).split('\n')[3], vector.hash);
      assert.equal(computeSignature(request, signature, KEYS.secretAccessKey), vector.signature);
    });

  test('V4, presigned', () => {
    const request = presigned();
    const signature = readSignature(request);
    const hash = '7ef4dbca8e36829a434e3955a13dfc1e66009f97044ed27a4c3118ffb84246f9';
    assert.equal(stringToSign(request, signature).split('\n')[3], hash);
    assert.equal(computeSignature(request, signature, KEYS.secretAccessKey), signature.signature);
    assert.equal(refusal(request), 'accepted');
  });

  test('V1 and V2 are accepted, V3 is refused for its session token', () => {
    assert.equal(refusal(wire(V1)), 'accepted');
    assert.equal(refusal(wire(V2)), 'accepted');
    assert.equal(refusal(wire(V3)), '403 UnrecognizedClientException');
  });
});

describe('tampering', () => {
  test('one byte of body, path, query or header', () => {
    assert.equal(refusal(wire({ ...V1, body: '{"Usernames": ["jdof"]}' })), MISMATCH);
    assert.equal(refusal(wire({ ...V1, body: '' })), MISMATCH);
    assert.equal(refusal(wire({ ...V1, target: V1.target.replace('pqr4', 'pqr5') })), MISMATCH);
    assert.equal(refusal(wire({ ...V1, target: V1.target.replace('delete', 'put') })), MISMATCH);
    assert.equal(refusal(wire({ ...V1, target: `${V1.target}&X-Amz-Signature=1` })), MISMATCH);
    assert.equal(refusal(wire({ ...V1, headers: ['Content-Type', 'text/json'] })), MISMATCH);
    assert.equal(refusal(wire({ ...V1, method: 'PUT' })), MISMATCH);
    assert.equal(refusal(wire({ ...V2, target: '/phone-numbers/+12065550100' })), MISMATCH);
    assert.equal(refusal(wire({ ...V2, region: 'eu-west-2' })), MISMATCH);
  });

  test('every single character of the signature counts', () => {
    for (let index = 0; index < V1.signature.length; index += 1) {
      const other = V1.signature[index] === 'a' ? 'b' : 'a';
      const signature = V1.signature.slice(0, index) + other + V1.signature.slice(index + 1);
      assert.equal(refusal(wire({ ...V1, signature })), MISMATCH);
    }
  });

  test('a presigned query', () => {
    assert.equal(refusal(presigned({ expires: '301' })), MISMATCH);
    assert.equal(refusal(presigned({ extra: '&max-results=6' })), MISMATCH);
    assert.equal(refusal({ ...presigned(), body: Buffer.from('{}') }), MISMATCH);
    assert.equal(refusal(presigned({ extra: '&X-Amz-Security-Token=T' })), '403 UnrecognizedClientException');
  });

  test('x-amz-content-sha256 must be that of the body', () => {
    const signed = 'content-type;host;x-amz-content-sha256;x-amz-date';
    const right = wire({ ...V1, signed }, { headers: ['x-amz-content-sha256', sha256(V1.body ?? '')] });
    assert.equal(refusal(resign(right)), 'accepted');
    for (const value of [sha256('other'), 'UNSIGNED-PAYLOAD', ''])
      assert.equal(refusal(resign(wire({ ...V1, signed }, { headers: ['x-amz-content-sha256', value] }))), MISMATCH);
  });

  test('an x-amz-* header that was not signed', () => {
    assert.equal(refusal(wire(V2, { headers: ['X-Amz-Target', 'x'] })), MISMATCH);
    assert.equal(refusal(wire(V2, { headers: ['amz-sdk-request', 'attempt=1'] })), 'accepted');
  });

  test('Host must be signed', () => {
    assert.equal(refusal(resign(wire({ ...V2, signed: 'x-amz-date' }))), MISMATCH);
  });
});

describe('who and what', () => {
  test('another service, terminator or day', () => {
    assert.equal(refusal(resign(wire(V2, { authorization: authorization(V2, 's3') }))), MISMATCH);
    const terminator = authorization(V2).replace('aws4_request', 'aws5_request');
    assert.equal(refusal(resign(wire(V2, { authorization: terminator }))), MISMATCH);
    const day = authorization(V2).replace('20261121', '20261122');
    assert.equal(refusal(resign(wire(V2, { authorization: day }))), MISMATCH);
  });

  test('another key', () => {
    const unknown = authorization(V2).replace(KEYS.accessKeyId, 'AKIDEXAMPLETOLLGATE2');
    assert.equal(refusal(resign(wire(V2, { authorization: unknown }))), '403 UnrecognizedClientException');
    assert.equal(refusal(resign(wire(V2), 'another secret')), MISMATCH);
  });

  test('no signature, and malformed ones', () => {
    const bare = { method: 'GET', target: '/tags', headers: readHeaders(['Host', 'a']), body: Buffer.alloc(0) };
    assert.equal(refusal(bare), '403 MissingAuthenticationTokenException');
    const malformed = [
      'Basic abc',
      'AWS4-HMAC-SHA256',
      'AWS4-HMAC-SHA256 Credential=a/b/c/d/e',
      'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host',
      'AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=f',
      'AWS4-HMAC-SHA256 ,,==,=',
    ];
    for (const text of malformed)
      assert.equal(refusal(wire(V2, { authorization: text })), '400 IncompleteSignatureException');
    const dated = (date: string): WireRequest => {
      const request = wire(V2);
      return { ...request, headers: new Map(request.headers).set('x-amz-date', date) };
    };
    for (const date of ['', '2026-11-21', '20261341T990000Z'])
      assert.match(refusal(dated(date)), /^40[03] (IncompleteSignature|InvalidSignature)Exception$/);
    for (const expires of ['0', '604801', '-1', 'x', ''])
      assert.equal(refusal(presigned({ expires })), '400 IncompleteSignatureException');
  });
});

describe('time', () => {
  test('five minutes either way', () => {
    assert.equal(refusal(wire(V2), NOON + 5 * MINUTE), 'accepted');
    assert.equal(refusal(wire(V2), NOON - 5 * MINUTE), 'accepted');
    assert.equal(refusal(wire(V2), NOON + 5 * MINUTE + 1), MISMATCH);
    assert.equal(refusal(wire(V2), NOON - 5 * MINUTE - 1), MISMATCH);
    assert.throws(() => verifySignature(wire(V2), KEYS, NOON + 6 * MINUTE, SKEW), /expired.*20261121T120600Z; 5 min/);
  });

  test('a presigned request lives as long as it says', () => {
    assert.equal(refusal(presigned(), NOON + 300_000), 'accepted');
    assert.equal(refusal(presigned(), NOON + 300_001), MISMATCH);
    assert.equal(refusal(presigned(), NOON - 5 * MINUTE - 1), MISMATCH);
  });
});

describe('canonical request', () => {
  const canonical = (target: string, headers: string[] = ['Host', 'h'], signed = ['host']): string[] =>
    canonicalRequest(
      { method: 'get', target, headers: readHeaders(headers), body: Buffer.alloc(0) },
      signed,
      false,
    ).split('\n');

  test('the raw path is encoded once more', () => {
    assert.equal(canonical('/phone-numbers/%252B1206')[1], '/phone-numbers/%25252B1206');
    assert.equal(canonical('/a b/%zz/é~*')[1], '/a%20b/%25zz/%E9~%2A');
    assert.equal(canonical('')[1], '/');
  });

  test('the query is decoded, encoded alike and sorted', () => {
    assert.equal(canonical('/?b=2&a&b=1&a-b=%7e%2f')[2], 'a=&a-b=~%2F&b=1&b=2');
    assert.equal(canonical('/?q=a+b&broken=%2')[2], 'broken=%252&q=a%2Bb');
  });

  test('header lines of one name are joined, blanks collapsed', () => {
    const lines = canonical('/', ['Host', ' h ', 'X-A', 'one   two', 'x-a', ' three '], ['host', 'x-a']);
    assert.deepEqual(lines.slice(3, 7), ['host:h', 'x-a:one two,three', '', 'host;x-a']);
  });

  test('readQuery decodes UTF-8, keeps a plus, takes the first of several', () => {
    const query = readQuery('/?city=S%C3%A3o&a=1+1&a=2&__proto__=x');
    assert.deepEqual(
      [...query],
      [
        ['city', 'São'],
        ['a', '1+1'],
        ['__proto__', 'x'],
      ],
    );
  });
});
