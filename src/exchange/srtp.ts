import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { RTP_HEADER_BYTES } from './rtp-receiver.ts';

/** Crypto suites of SDES that are spoken (RFC 4568 §6.2), and the octets of their authentication tags. */
export const TAG_BYTES = { AES_CM_128_HMAC_SHA1_80: 10, AES_CM_128_HMAC_SHA1_32: 4 } as const;
export type CryptoSuite = keyof typeof TAG_BYTES;

/** What one end encrypts what it sends with: a master key of 16 octets, then a master salt of 14. */
export interface SrtpKey {
  readonly suite: CryptoSuite;
  readonly secret: Buffer;
}

const KEY_BYTES = 16;
const SALT_BYTES = 14;
export const SECRET_BYTES = KEY_BYTES + SALT_BYTES;
const AUTHENTICATION_BYTES = 20;
/** Labels of the key derivation (RFC 3711 §4.3.1). */
const LABEL = { encryption: 0, authentication: 1, salt: 2 } as const;
/** Packets that may come late (§3.3.2: at least 64). */
const WINDOW = 64;
const SEQUENCES = 0x1_0000;
const ROLLOVERS = 2 ** 32;
/** Most streams of the peer in one call: some begin another with each hold; whatever further ones bring is dropped. */
const MOST_SOURCES = 64;

/** A key of our own. */
export function newSrtpKey(suite: CryptoSuite): SrtpKey {
  return { suite, secret: randomBytes(SECRET_BYTES) };
}

/** A key that the master key stands for; every rate of derivation is zero (RFC 3711 §4.3.1, RFC 4568 §6.1). */
export function deriveKey(secret: Buffer, label: number, bytes: number): Buffer {
  const iv = Buffer.alloc(16);
  secret.copy(iv, 0, KEY_BYTES, SECRET_BYTES);
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7);
  return createCipheriv('aes-128-ctr', secret.subarray(0, KEY_BYTES), iv).update(Buffer.alloc(bytes));
}

/** What payloads are encrypted with. */
export interface SessionKey {
  readonly key: Buffer;
  readonly salt: Buffer;
}

/** Encrypts or decrypts the payload, from octet `start` on (RFC 3711 §4.1.1): both are the same. */
export function crypt(
  { key, salt }: SessionKey,
  packet: Buffer,
  { start, ssrc, index }: { start: number; ssrc: number; index: number },
): Buffer {
  const iv = Buffer.alloc(16);
  salt.copy(iv, 0, 0, SALT_BYTES);
  iv.writeUInt32BE((iv.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  iv.writeUInt32BE((iv.readUInt32BE(8) ^ Math.floor(index / SEQUENCES)) >>> 0, 8);
  iv.writeUInt16BE(iv.readUInt16BE(12) ^ (index % SEQUENCES), 12);
  const payload = createCipheriv('aes-128-ctr', key, iv).update(packet.subarray(start));
  return Buffer.concat([packet.subarray(0, start), payload]);
}

/** Where one stream stands: its packets are numbered by rollovers of the sequence number, and by that (§3.3.1). */
interface Stream {
  /** Of the highest packet so far. */
  index: number;
  /** Which of the packets before that came: bit n stands for the one n before (§3.3.2). */
  seen: bigint;
}

/** One direction of SRTP (RFC 3711) with the keys of one master key: protects what is sent, or opens what came. */
export class Srtp {
  readonly #tagBytes: number;
  readonly #encryption: SessionKey;
  readonly #authentication: Buffer;
  readonly #streams = new Map<number, Stream>();

  constructor({ suite, secret }: SrtpKey) {
    this.#tagBytes = TAG_BYTES[suite];
    this.#encryption = {
      key: deriveKey(secret, LABEL.encryption, KEY_BYTES),
      salt: deriveKey(secret, LABEL.salt, SALT_BYTES),
    };
    this.#authentication = deriveKey(secret, LABEL.authentication, AUTHENTICATION_BYTES);
  }

  /** The SRTP packet of an RTP packet of ours. */
  protect(packet: Buffer): Buffer {
    const [ssrc, sequence] = numbersOf(packet);
    const stream = this.#streams.get(ssrc);
    const index = stream ? nearestIndex(stream.index, sequence) : sequence;
    if (!stream || index > stream.index) this.#streams.set(ssrc, { index, seen: 0n });
    const body = crypt(this.#encryption, packet, { start: headerBytes(packet) ?? packet.length, ssrc, index });
    return Buffer.concat([body, this.#tag(body, index)]);
  }

  /** The RTP packet of an SRTP packet; undefined for one that is not of the peer, is broken, or came before. */
  open(packet: Buffer): Buffer | undefined {
    const end = packet.length - this.#tagBytes;
    if (end < RTP_HEADER_BYTES) return undefined;
    const body = packet.subarray(0, end);
    const start = headerBytes(body);
    if (start === undefined) return undefined;
    const [ssrc, sequence] = numbersOf(body);
    const stream = this.#streams.get(ssrc);
    if (!stream && this.#streams.size >= MOST_SOURCES) return undefined;
    const index = stream ? nearestIndex(stream.index, sequence) : sequence;
    const behind = stream ? stream.index - index : -1;
    if (index < 0 || behind >= WINDOW || (stream && behind >= 0 && (stream.seen >> BigInt(behind)) & 1n))
      return undefined;
    if (!timingSafeEqual(this.#tag(body, index), packet.subarray(end))) return undefined;
    this.#note(ssrc, stream, index);
    return crypt(this.#encryption, body, { start, ssrc, index });
  }

  #note(ssrc: number, stream: Stream | undefined, index: number): void {
    if (!stream) return void this.#streams.set(ssrc, { index, seen: 1n });
    const ahead = index - stream.index;
    if (ahead <= 0) stream.seen |= 1n << BigInt(-ahead);
    else {
      stream.seen = ahead >= WINDOW ? 1n : BigInt.asUintN(WINDOW, stream.seen << BigInt(ahead)) | 1n;
      stream.index = index;
    }
  }

  /** Over the packet and the rollovers of its sequence number (§4.2). */
  #tag(body: Buffer, index: number): Buffer {
    const rollovers = Buffer.alloc(4);
    rollovers.writeUInt32BE(Math.floor(index / SEQUENCES) % ROLLOVERS);
    const digest = createHmac('sha1', this.#authentication).update(body).update(rollovers).digest();
    return digest.subarray(0, this.#tagBytes);
  }
}

/** The packet number nearest to the highest so far that ends in this sequence number (§3.3.1, appendix A). */
function nearestIndex(highest: number, sequence: number): number {
  const step = ((sequence - (highest % SEQUENCES)) << 16) >> 16;
  return highest + step;
}

function numbersOf(packet: Buffer): [ssrc: number, sequence: number] {
  return [packet.readUInt32BE(8), packet.readUInt16BE(2)];
}

/** Octets before the payload, which are not encrypted; undefined when the packet is no RTP or breaks off (RFC 3550 §5.1). */
function headerBytes(packet: Buffer): number | undefined {
  const first = packet.readUInt8(0);
  if (first >> 6 !== 2) return undefined;
  let bytes = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (packet.length < bytes + 4) return undefined;
    bytes += 4 + 4 * packet.readUInt16BE(bytes + 2);
  }
  return bytes <= packet.length ? bytes : undefined;
}
