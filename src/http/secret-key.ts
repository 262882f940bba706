import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { hex } from '../kit/ids.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';

const KEY_BYTES = 32;
const FILE = 'secret.key';

/** Keys derived from the one secret of a data folder, 32 bytes each. */
export interface SecretKeys {
  /** Seals secrets at rest. */
  readonly sealing: Buffer;
  /** Signs digest nonces. */
  readonly nonce: Buffer;
}

/**
 * Reads the secret of the data folder, or makes one on first start (mode 0600). With a ledger but no key it throws:
 * a new key could not open what the old one sealed.
 */
export function loadSecretKeys(folder: string, ledgerExists: boolean): SecretKeys {
  const path = join(folder, FILE);
  const stored = readIfThere(path);
  if (stored === null && ledgerExists)
    throw new Error(
      `${path} is missing, but there is a ledger whose secrets were sealed with it: put the file back from a backup, or move the ledger away to begin anew`,
    );
  const text = stored ?? `${hex(KEY_BYTES)}\n`;
  if (!/^[0-9a-f]{64}\s*$/.test(text)) throw new Error(`${path} must hold ${KEY_BYTES * 2} hexadecimal digits`);
  if (stored === null) writePrivateFile(path, text);
  const secret = Buffer.from(text.trim(), 'hex');
  return { sealing: derive(secret, 'tollgate sealing 1'), nonce: derive(secret, 'tollgate nonce 1') };
}

/** RFC 5869; the label keeps the keys apart. */
function derive(secret: Buffer, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', label, KEY_BYTES));
}
