import { newSrtpKey, SECRET_BYTES, Srtp, TAG_BYTES, type CryptoSuite, type SrtpKey } from './srtp.ts';

/** An `a=crypto` line (RFC 4568): the key that its describer encrypts with. */
export interface CryptoLine extends SrtpKey {
  /** Names the line: the answer takes the one with its tag. */
  readonly tag: number;
}

const LINE = /^crypto:(\d{1,9})\s+(\S+)\s+inline:([A-Za-z0-9+/]{40}=*)(\|[^|:;\s]*)?((?:\s+\S+)*)$/;
/** Session parameters that ask nothing of RTP packets (§6.3): others change how they are made. */
const HARMLESS = /^(?:UNENCRYPTED_SRTCP|WSH=\d+)$/i;
const OFFERED: { readonly tag: number; readonly suite: CryptoSuite } = { tag: 1, suite: 'AES_CM_128_HMAC_SHA1_80' };

/** The lines of a stream that can be spoken, in its order of preference: one key each, without an identifier (MKI). */
export function readCrypto(attributes: readonly string[]): CryptoLine[] {
  return attributes.flatMap((attribute) => {
    const [, tag, suite = '', inline = '', , parameters = ''] = LINE.exec(attribute) ?? [];
    const secret = Buffer.from(inline, 'base64');
    const asks = parameters.split(/\s+/).filter(Boolean);
    if (!isSuite(suite) || secret.length !== SECRET_BYTES || !asks.every((name) => HARMLESS.test(name))) return [];
    return [{ tag: Number(tag), suite, secret }];
  });
}

/** The line of a session description, with its line end. It is a secret. */
export function printCrypto({ tag, suite, secret }: CryptoLine): string {
  return `a=crypto:${tag} ${suite} inline:${secret.toString('base64')}\r\n`;
}

function isSuite(name: string): name is CryptoSuite {
  return Object.hasOwn(TAG_BYTES, name);
}

/** The keys of one stream, ours and the peer's, as offers and answers agree on them (RFC 4568 §5.1). */
export class MediaKeys {
  readonly #required: boolean;
  #ours: CryptoLine | undefined;
  #theirs: CryptoLine | undefined;
  #sending: Srtp | undefined;
  #receiving: Srtp | undefined;

  /** `required`: nothing but an encrypted stream is agreed on. */
  constructor(required = false) {
    this.#required = required;
  }

  /** Whether to offer an encrypted stream: one is required, or was agreed last. */
  get encrypted(): boolean {
    return this.#required || this.#theirs !== undefined;
  }

  /** Our line in an offer; undefined for one of a plain stream. */
  offer(): CryptoLine | undefined {
    return this.encrypted ? this.#keep(this.#ours ?? OFFERED) : undefined;
  }

  /** Our line in the answer to a stream of an offer; undefined for one that is not encrypted. */
  answer({ crypto: [best] }: { readonly crypto: readonly CryptoLine[] }): CryptoLine | undefined {
    return best && this.#keep(best);
  }

  /** Whether a stream may be agreed on. */
  admits({ crypto }: { readonly crypto: readonly CryptoLine[] }): boolean {
    return !this.#required || crypto.length > 0;
  }

  /** Takes what the peer described last; undefined: no stream, which leaves the keys as they are. */
  agree(stream: { readonly crypto: readonly CryptoLine[] } | undefined): void {
    if (!stream) return;
    const [theirs] = stream.crypto;
    // The same key means the same stream, whose packets go on being numbered.
    if (!theirs || !this.#theirs || !isSameKey(theirs, this.#theirs)) this.#receiving = theirs && new Srtp(theirs);
    this.#theirs = theirs;
  }

  /** What goes out for an RTP packet. */
  protect(packet: Buffer): Buffer {
    return this.#theirs && this.#sending ? this.#sending.protect(packet) : packet;
  }

  /** The RTP packet in what came in; undefined when it is not of the peer. */
  open(datagram: Buffer): Buffer | undefined {
    if (this.#receiving) return this.#receiving.open(datagram);
    return this.encrypted ? undefined : datagram;
  }

  /** Our key stays as long as its suite does. */
  #keep({ tag, suite }: Pick<CryptoLine, 'tag' | 'suite'>): CryptoLine {
    if (this.#ours?.suite === suite) this.#ours = { ...this.#ours, tag };
    else {
      this.#ours = { tag, ...newSrtpKey(suite) };
      this.#sending = new Srtp(this.#ours);
    }
    return this.#ours;
  }
}

function isSameKey(one: SrtpKey, other: SrtpKey): boolean {
  return one.suite === other.suite && one.secret.equals(other.secret);
}
