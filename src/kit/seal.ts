import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';
import { randomSlice } from './ids.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Without a fixed length, a tag cut to four bytes would pass, and four bytes can be guessed. */
const OPTIONS = { authTagLength: TAG_BYTES };

/** Encrypts secrets at rest. `label` is bound to the sealed text: opened under another label it fails. */
export interface Sealer {
  seal(plain: string, label: string): string;
  /** Throws when the text was altered, sealed with another key, or under another label. */
  open(sealed: string, label: string): string;
  /**
   * A name for a secret that is the same each time, under one label, and from which nobody without the key can guess
   * the secret, however short it is: hexadecimal, 64 digits.
   */
  fingerprint(plain: string, label: string): string;
}

/** A sealer over a 32-byte key (AES-256-GCM, random nonce). */
export function createSealer(key: Buffer): Sealer {
  // A key that the runtime has read: from bytes, it would read them for each text.
  const sealing = createSecretKey(key);
  const naming = Buffer.from(hkdfSync('sha256', key, '', 'fingerprint', 32));
  return {
    seal(plain, label) {
      const nonce = randomSlice(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, sealing, nonce, OPTIONS).setAAD(Buffer.from(label));
      const body = [cipher.update(plain, 'utf8'), cipher.final()];
      return Buffer.concat([nonce, cipher.getAuthTag(), ...body]).toString('base64');
    },
    open(sealed, label) {
      const bytes = Buffer.from(sealed, 'base64');
      // Base64 is read leniently: without this, two texts would open as one.
      if (bytes.toString('base64') !== sealed) throw new Error('sealed text is not canonical base64');
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(ALGORITHM, sealing, nonce, OPTIONS).setAAD(Buffer.from(label));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    },
    fingerprint: (plain, label) =>
      createHmac('sha256', naming)
        .update(JSON.stringify([label, plain]))
        .digest('hex'),
  };
}

/** Compares two texts in time that depends on neither's content. */
export function equalInConstantTime(left: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'));
}
