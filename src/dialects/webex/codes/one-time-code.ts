import { createHmac, randomBytes } from 'node:crypto';

const SECRET_BYTES = 20;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A new secret for time-based codes, base32 (RFC 4648 §6), as authenticator programs read it. */
export function newSecret(): string {
  let text = '';
  for (const byte of randomBytes((SECRET_BYTES * 8) / 5)) text += ALPHABET[byte % ALPHABET.length];
  return text;
}

/** The step of time that `now` (milliseconds) lies in (RFC 6238 §4.2). */
export function stepAt(now: number, periodSeconds: number): number {
  return Math.floor(now / 1000 / periodSeconds);
}

/** The code of one step (RFC 6238 with SHA-1, RFC 4226 §5.3), `digits` long. */
export function codeAt(secret: string, step: number, digits: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

function decodeBase32(text: string): Buffer {
  let bits = 0n;
  for (const character of text) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(character));
  const bytes = Math.floor((text.length * 5) / 8);
  const spare = BigInt(text.length * 5 - bytes * 8);
  return Buffer.from((bits >> spare).toString(16).padStart(bytes * 2, '0'), 'hex');
}
