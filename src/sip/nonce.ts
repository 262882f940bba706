import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';

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

  /**
   * `keys` is asked at every use, for keys change. The first signs; all verify, so a new one is put in front and the
   * old one dropped a lifetime later.
   */
  constructor(options: { keys: () => readonly Buffer[]; clock: Clock; lifetimeMs?: number }) {
    this.#keys = options.keys;
    this.#clock = options.clock;
    this.#lifetimeMs = options.lifetimeMs ?? DEFAULT_LIFETIME_MS;
  }

  /** A new nonce for `client`, the address it is sent to; base64url, so it needs no escaping. */
  issue(realm: string, algorithm: string, client = ''): string {
    const [key] = this.#keys();
    if (!key) throw new Error('a nonce issuer needs a key');
    const bytes = Buffer.allocUnsafe(NONCE_BYTES);
    bytes.writeUIntBE(this.#clock.now(), 0, TIME_BYTES);
    randomBytes(RANDOM_BYTES).copy(bytes, TIME_BYTES);
    mac(key, bytes.subarray(0, HEAD_BYTES), realm, algorithm).copy(bytes, HEAD_BYTES);
    clientMac(key, bytes.subarray(0, SIGNED_BYTES), client).copy(bytes, SIGNED_BYTES);
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
    const head = bytes.subarray(0, HEAD_BYTES);
    const signature = bytes.subarray(HEAD_BYTES, SIGNED_BYTES);
    const signer = this.#keys().find((key) => timingSafeEqual(mac(key, head, realm, algorithm), signature));
    if (!signer) return 'foreign';
    const sentTo = bytes.subarray(SIGNED_BYTES);
    if (!timingSafeEqual(clientMac(signer, bytes.subarray(0, SIGNED_BYTES), client), sentTo)) return 'elsewhere';
    // Clocks of nodes differ: a nonce from slightly ahead is as good as one from slightly before.
    const age = Math.abs(this.#clock.now() - bytes.readUIntBE(0, TIME_BYTES));
    return age < this.#lifetimeMs ? 'fresh' : 'stale';
  }
}

function mac(key: Buffer, head: Buffer, realm: string, algorithm: string): Buffer {
  // NUL cannot stand in an algorithm, so no realm can be shifted into it.
  return createHmac('sha256', key).update(head).update(`${algorithm}\0${realm}`).digest().subarray(0, MAC_BYTES);
}

function clientMac(key: Buffer, signed: Buffer, client: string): Buffer {
  return createHmac('sha256', key).update(signed).update(`\0client\0${client}`).digest().subarray(0, CLIENT_BYTES);
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
    this.#uses.set(nonce, use ?? { highest: count, seen: 1n });
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
