import { hash } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';
import { randomSlice } from '../kit/ids.ts';
import { Mac, sameText } from '../kit/mac.ts';
import { alone, toWire } from './message/text.ts';

const TIME_BYTES = 6;
const RANDOM_BYTES = 8;
/** 80 bits: guessed online only, within a minute. */
const MAC_BYTES = 10;
const HEAD_BYTES = TIME_BYTES + RANDOM_BYTES;
/** 48 bits that tell whom it was sent to. */
const CLIENT_BYTES = 6;
const SIGNED_BYTES = HEAD_BYTES + MAC_BYTES;
const NONCE_BYTES = SIGNED_BYTES + CLIENT_BYTES;

/** How long a nonce is taken as fresh unless told otherwise: longer than a challenged client takes to come back. */
const DEFAULT_LIFETIME_MS = 60_000;

/**
 * Makes and checks nonces without remembering them: each carries its time, and a keyed MAC over time, realm and
 * algorithm. Every node that holds the keys can check it, and it serves no weaker algorithm than it was issued for.
 * A second MAC tells whom it was sent to: whoever sends it back from there has read our answer, so the address is true.
 */
export class NonceIssuer {
  readonly #keys: () => readonly Buffer[];
  readonly #clock: Clock;
  readonly #lifetimeMs: number;
  /** Milliseconds since the epoch. */
  #since: number;
  #macs: readonly Mac[] = [];
  #madeFor: readonly Buffer[] = [];

  /**
   * `keys` is asked at every use, for keys change. The first signs; all verify, so a new one is put in front and the
   * old one dropped a lifetime later. What was made before `since` is stale: nobody remembers any more what it was used for.
   */
  constructor(options: { keys: () => readonly Buffer[]; clock: Clock; lifetimeMs?: number; since?: number }) {
    this.#keys = options.keys;
    this.#clock = options.clock;
    this.#lifetimeMs = options.lifetimeMs ?? DEFAULT_LIFETIME_MS;
    this.#since = options.since ?? 0;
  }

  /** A new nonce for `client`, the address it is sent to; base64url, so it needs no escaping. */
  issue(realm: string, algorithm: string, client = ''): string {
    const [signer] = this.#signers();
    if (!signer) throw new Error('a nonce issuer needs a key');
    const bytes = Buffer.allocUnsafe(NONCE_BYTES);
    const now = this.#clock.now();
    // A clock that was set back must not make what is new look old.
    this.#since = Math.min(this.#since, now);
    bytes.writeUIntBE(now, 0, TIME_BYTES);
    randomSlice(RANDOM_BYTES).copy(bytes, TIME_BYTES);
    const mac = macOf(signer, bytes.toString('latin1', 0, HEAD_BYTES), realm, algorithm);
    bytes.write(mac, HEAD_BYTES, MAC_BYTES, 'latin1');
    bytes.write(clientMac(mac, client), SIGNED_BYTES, 'latin1');
    return bytes.toString('base64url');
  }

  /**
   * `fresh`: ours, for this realm and algorithm, in its lifetime. `stale`: ours, but too old. `elsewhere`: ours, but
   * sent to another than `client`. `foreign`: not ours.
   */
  check(nonce: string, realm: string, algorithm: string, client = ''): 'fresh' | 'stale' | 'elsewhere' | 'foreign' {
    const bytes = Buffer.from(nonce, 'base64url');
    // Decoding skips what is not base64url; only the one spelling that was issued counts.
    if (bytes.length !== NONCE_BYTES || bytes.toString('base64url') !== nonce) return 'foreign';
    const head = bytes.toString('latin1', 0, HEAD_BYTES);
    const signature = bytes.toString('latin1', HEAD_BYTES, SIGNED_BYTES);
    const mac = this.#signatureOf(head, realm, algorithm, signature);
    if (mac === undefined) return 'foreign';
    if (!sameText(clientMac(mac, client), bytes.toString('latin1', SIGNED_BYTES))) return 'elsewhere';
    // Clocks of nodes differ: a nonce from slightly ahead is as good as one from slightly before.
    const madeAt = bytes.readUIntBE(0, TIME_BYTES);
    const age = Math.abs(this.#clock.now() - madeAt);
    return age < this.#lifetimeMs && madeAt >= this.#since ? 'fresh' : 'stale';
  }

  /** The whole MAC that `signature` is the beginning of; undefined when none of the keys made it. */
  #signatureOf(head: string, realm: string, algorithm: string, signature: string): string | undefined {
    for (const signer of this.#signers()) {
      const mac = macOf(signer, head, realm, algorithm);
      if (sameText(mac.slice(0, MAC_BYTES), signature)) return mac;
    }
    return undefined;
  }

  /** Made anew only when the keys change. */
  #signers(): readonly Mac[] {
    const keys = this.#keys();
    if (keys !== this.#madeFor) {
      this.#madeFor = keys;
      this.#macs = keys.map((key) => new Mac(key));
    }
    return this.#macs;
  }
}

/** All of the MAC: the nonce shows its first bytes, and the rest, which nobody sees, keys the client's. */
function macOf(signer: Mac, head: string, realm: string, algorithm: string): string {
  // NUL cannot stand in an algorithm, so no realm can be shifted into it.
  return signer.sign(`${head}${toWire(`${algorithm}\0${realm}`)}`);
}

function clientMac(mac: string, client: string): string {
  return hash('sha256', `${mac.slice(MAC_BYTES)}\0client\0${client}`, 'latin1').slice(0, CLIENT_BYTES);
}

/** How far behind the highest count a request may come in: UDP reorders (checklist of RFC 7616 §3.4 nc). */
const WINDOW = 64;

/** Use of one nonce: the highest count, and which of the 64 up to it were seen (bit 0 is the highest). */
interface Use {
  highest: number;
  seen: bigint;
}

/** Remembers which counts of which nonces were used, so that a captured answer works only once. */
export class NonceCounters {
  readonly #capacity: number;
  readonly #uses = new Map<string, Use>();

  /** `capacity`: how many nonces are remembered. It must cover the right answers of one nonce lifetime. */
  constructor(options: { capacity: number }) {
    this.#capacity = options.capacity;
  }

  /** How many nonces are remembered. */
  get size(): number {
    return this.#uses.size;
  }

  /**
   * Takes note of a use; false when this count was used before, or lies too far back to tell. `nc` as in the header.
   * To be called only after the digest proved right, so that strangers cannot fill the table.
   */
  accept(nonce: string, nc: string): boolean {
    const count = Number.parseInt(nc, 16);
    if (!(count > 0)) return false;
    const use = this.#uses.get(nonce);
    if (use && !mark(use, count)) return false;
    this.#uses.delete(nonce);
    this.#uses.set(alone(nonce), use ?? { highest: count, seen: 1n });
    if (this.#uses.size > this.#capacity) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    for (const nonce of this.#uses.keys()) {
      this.#uses.delete(nonce);
      return;
    }
  }
}

/** Marks a count as seen; false when it was already, or may have been. */
function mark(use: Use, count: number): boolean {
  const ahead = count - use.highest;
  if (ahead > 0) {
    use.seen = ahead < WINDOW ? BigInt.asUintN(WINDOW, use.seen << BigInt(ahead)) | 1n : 1n;
    use.highest = count;
    return true;
  }
  if (-ahead >= WINDOW) return false;
  const bit = 1n << BigInt(-ahead);
  if ((use.seen & bit) !== 0n) return false;
  use.seen |= bit;
  return true;
}
