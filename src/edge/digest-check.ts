import { hex } from '../kit/ids.ts';
import { ALONE, FIRST, type Peers } from '../kit/peers.ts';
import type { DigestEvidence } from '../rulebook/attempt.ts';
import { hashPassword, type CredentialRecord, type CredentialSecrets } from '../rulebook/credential.ts';
import {
  challengeHeaders,
  NonceCounters,
  NonceIssuer,
  parseDigest,
  verifyResponse,
  type DigestAlgorithm,
  type DigestCredentials,
} from '../sip/digest.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseUri } from '../sip/uri.ts';
import type { Clock } from '../kit/clock.ts';
import { hostOf } from './asked.ts';

/** Nonces whose counts are remembered: each was answered rightly, so strangers cannot fill this table. */
const COUNTED_NONCES = 200_000;

/** Characters of a user name that are looked up and noted: a longer one is nobody's, and would fill the caches. */
const LONGEST_USERNAME = 256;

/** One credential for each set that has the user. */
type Found = readonly CredentialRecord[];

/** A header line, and what it says. */
interface Answer {
  readonly line: string;
  readonly credentials: DigestCredentials;
}

/** Issues challenges and checks their answers (RFC 7616, RFC 8760), for every realm of this edge. */
export class DigestCheck {
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #issuer: NonceIssuer;
  readonly #threads: Pick<Peers, 'self' | 'count'>;
  readonly #counters = new NonceCounters({ capacity: COUNTED_NONCES });
  /** Stands in for users that do not exist, so that guessing a name takes as long as guessing a password. */
  readonly #nobody: CredentialRecord;
  /** The header line that was right last: it is taken out of the request next, and need not be checked again. */
  #proven = '';

  constructor(options: {
    algorithms: readonly DigestAlgorithm[];
    nonceKeys: () => readonly Buffer[];
    nonceLifetime: number;
    clock: Clock;
    /** Whichever made a nonce counts its uses: for the others it is stale, so that none is used twice. */
    threads?: Pick<Peers, 'self' | 'count'>;
  }) {
    this.#algorithms = options.algorithms;
    this.#threads = options.threads ?? ALONE;
    this.#issuer = new NonceIssuer({
      keys: options.nonceKeys,
      clock: options.clock,
      lifetimeMs: options.nonceLifetime,
      since: options.clock.now(),
    });
    this.#nobody = { username: '', realm: '', secrets: hashPassword('', '', hex(16)), resource: '' };
  }

  /** Nonces whose counts are remembered. */
  get countedNonces(): number {
    return this.#counters.size;
  }

  /**
   * Values for Proxy-Authenticate or WWW-Authenticate, the strongest algorithm first. `client` is the source they are
   * sent to.
   */
  challenges(realm: string, stale: boolean, client: string): string[] {
    const algorithms = [...this.#algorithms];
    return challengeHeaders({ realm, algorithms, issuer: this.#issuer, stale, client: this.#bound(client) });
  }

  /** A challenge that no answer satisfies, with the one algorithm that every tool knows: only to see who answers. */
  decoy(client: string): string[] {
    const bound = this.#bound(client);
    return challengeHeaders({ realm: 'sip', algorithms: ['MD5'], issuer: this.#issuer, stale: false, client: bound });
  }

  /**
   * Whether the request answers a challenge that was sent to `client`, by any thread, rightly or not: so its address is not
   * forged.
   */
  provesAddress({ headers }: SipRequest, client: string): boolean {
    const lines = [...headers.lines('proxy-authorization'), ...headers.lines('authorization')];
    return lines.some((line) => {
      const credentials = parseDigest(line);
      if (!credentials) return false;
      const { nonce, realm, algorithm } = credentials;
      for (let thread = FIRST; thread < this.#threads.count; thread += 1) {
        const age = this.#issuer.check(nonce, realm, algorithm, this.#bound(client, thread));
        if (age === 'fresh' || age === 'stale') return true;
      }
      return false;
    });
  }

  /** Takes the answers to our own challenges out of a request that goes on; those for others stay (RFC 3261 §22.3). */
  strip({ headers }: SipRequest): void {
    const lines = headers.lines('proxy-authorization');
    if (lines.length === 0) return;
    headers.remove('proxy-authorization');
    for (const line of lines)
      if (line !== this.#proven && !this.#isOurs(line)) headers.append('Proxy-Authorization', line);
  }

  /**
   * What the request's answer for `realm` proves: its Proxy-Authorization, or its Authorization when we are the one it is
   * for, as a registrar is (RFC 3261 §22.1). `serves` tells whether a host is one of this edge: the digest URI has to name
   * one. A credential that has to be read first makes it wait; of several any will do. An answer to a challenge that went to another than `client`
   * is stale whatever it says: so a wrong one always proves its sender.
   */
  check(
    request: SipRequest,
    { realm, client, serves }: { realm: string; client: string; serves: (host: string) => boolean },
    find: (username: string) => Found | Promise<Found>,
  ): DigestEvidence | Promise<DigestEvidence> {
    const lines = request.headers.lines(request.method === 'REGISTER' ? 'authorization' : 'proxy-authorization');
    if (lines.length === 0) return { outcome: 'none' };
    let ours: Answer | undefined;
    for (const line of lines) {
      const credentials = parseDigest(line);
      if (credentials?.realm !== realm) continue;
      // Two answers for one realm hide which one counts.
      if (ours) return { outcome: 'malformed' };
      ours = { line, credentials };
    }
    // A Digest that cannot be read may be meant for us; other schemes and realms are others' business.
    if (!ours) return { outcome: lines.some(isBrokenDigest) ? 'malformed' : 'none' };
    const { credentials } = ours;
    // Without qop nothing stops a replay.
    if (credentials.qop === undefined) return { outcome: 'malformed' };
    // Proxies may have changed the Request-URI since (RFC 8760 §2.6), but not to another server's.
    const host = hostOf(parseUri(credentials.uri));
    if (host === undefined || (host !== '' && !serves(host))) return { outcome: 'malformed' };
    const found = credentials.username.length > LONGEST_USERNAME ? [] : find(credentials.username);
    return found instanceof Promise
      ? found.then((records) => this.#judge(request, ours, client, records))
      : this.#judge(request, ours, client, found);
  }

  #isOurs(line: string): boolean {
    return this.#ageOf(parseDigest(line), '') !== 'foreign';
  }

  #ageOf(credentials: DigestCredentials | undefined, client: string): ReturnType<NonceIssuer['check']> {
    const algorithm = this.#offered(credentials);
    return credentials && algorithm
      ? this.#issuer.check(credentials.nonce, credentials.realm, algorithm, this.#bound(client))
      : 'foreign';
  }

  /** Whom a nonce of a thread is for. */
  #bound(client: string, thread = this.#threads.self): string {
    return thread === FIRST ? client : `${client} ${thread}`;
  }

  #offered(credentials: DigestCredentials | undefined): DigestAlgorithm | undefined {
    return this.#algorithms.find((offered) => offered === credentials?.algorithm.toUpperCase());
  }

  #judge(request: SipRequest, { line, credentials }: Answer, client: string, records: Found): DigestEvidence {
    const username = credentials.username.slice(0, LONGEST_USERNAME);
    const algorithm = this.#offered(credentials);
    const age = this.#ageOf(credentials, client);
    const known = algorithm ? records.flatMap(({ secrets }) => secretOf(secrets, algorithm) ?? []) : [];
    // For nobody the same work is done, and its outcome ignored.
    const tried = known.length > 0 ? known : [secretOf(this.#nobody.secrets, algorithm ?? 'MD5') ?? ''];
    const fits = tried.some((secret) => verifyResponse(credentials, secret, request.method, request.body));
    const right = fits && known.length > 0;
    if (age === 'foreign') return { outcome: 'nonce-foreign', username };
    if (age === 'elsewhere') return { outcome: 'nonce-stale', username };
    if (records.length === 0) return { outcome: 'unknown-user', username };
    if (!right) return { outcome: 'wrong-response', username };
    if (age === 'stale') return { outcome: 'nonce-stale', username };
    if (!this.#counters.accept(copyOf(credentials.nonce), credentials.nc ?? ''))
      return { outcome: 'nonce-replayed', username };
    this.#proven = line;
    return { outcome: 'valid', username };
  }
}

function secretOf(secrets: CredentialSecrets, algorithm: DigestAlgorithm): string | undefined {
  if (algorithm === 'SHA-512-256') return secrets.sha512256;
  return algorithm === 'SHA-256' ? secrets.sha256 : secrets.md5;
}

/** The same text on its own: a part of a message would keep the whole message for as long as the nonce is remembered. */
function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function isBrokenDigest(line: string): boolean {
  return /^digest\s/i.test(line) && parseDigest(line) === undefined;
}
