import { computeHa1, parseDigest, verifyResponse, type DigestAlgorithm } from '../../src/sip/digest.ts';
import { loadJsSipDigest, loadSipDigest } from './peers.ts';
import type { MicroEffort, MicroRow } from './row.ts';
import { microsOf } from './time.ts';

const USER = { username: 'user1x0', realm: 'bench.example', password: 'secret' };
const REST = { nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', cnonce: '0a4f113b', nc: '00000001', qop: 'auth' };
const URI = 'sip:+12065550100@bench.example';

/** Hashing the answer to a challenge, with the user's HA1 at hand. */
export function digests({ milliseconds }: MicroEffort): MicroRow[] {
  const sip = loadSipDigest();
  const JsSipDigest = loadJsSipDigest();
  const ha1 = computeHa1('MD5', USER.username, USER.realm, USER.password);
  const jsSip = new JsSipDigest({ username: USER.username, ha1, realm: USER.realm });
  const challenge = {
    algorithm: 'MD5',
    realm: USER.realm,
    nonce: REST.nonce,
    opaque: null,
    stale: null,
    qop: ['auth'],
  };
  const subjects: Readonly<Record<string, () => unknown>> = {
    'Tollgate, MD5': verifier('MD5'),
    'Tollgate, SHA-256': verifier('SHA-256'),
    'npm sip, MD5': () => sip.calculateDigest({ ...REST, ha1, method: 'INVITE', uri: URI }),
    'JsSIP, MD5': () => jsSip.authenticate({ method: 'INVITE', ruri: URI, body: null }, challenge),
  };
  return Object.entries(subjects).map(([subject, work]) => ({
    subject,
    figures: { micros: microsOf(work, milliseconds) },
  }));
}

function verifier(algorithm: DigestAlgorithm): () => unknown {
  const ha1 = computeHa1(algorithm, USER.username, USER.realm, USER.password);
  const text = `Digest username="${USER.username}", realm="${USER.realm}", nonce="${REST.nonce}", uri="${URI}", response="${'0'.repeat(algorithm === 'MD5' ? 32 : 64)}", algorithm=${algorithm}, cnonce="${REST.cnonce}", qop=auth, nc=${REST.nc}`;
  const credentials = parseDigest(text);
  if (!credentials) throw new Error('the credentials cannot be read');
  const empty = Buffer.alloc(0);
  // A wrong answer costs what a right one does.
  return () => verifyResponse(credentials, ha1, 'INVITE', empty);
}
