import { hash } from 'node:crypto';

/**
 * A user's digest secrets: H(username:realm:password) for each algorithm offered (RFC 7616 §3.4.2).
 * Whoever holds one can log in, so they are sealed at rest and never logged; the password itself is never kept.
 */
export interface CredentialSecrets {
  readonly md5: string;
  readonly sha256: string;
  /** Absent where the credential was stored before this algorithm was known; such a user answers with another. */
  readonly sha512256?: string;
}

/** What the edge needs of a credential to check an answer. */
export interface CredentialRecord {
  readonly username: string;
  readonly realm: string;
  readonly secrets: CredentialSecrets;
  /** The vendor's name of the credential, for traces: never a secret. */
  readonly resource: string;
}

/** The digest secrets of a password, as hexadecimal text. */
export function hashPassword(username: string, realm: string, password: string): CredentialSecrets {
  const text = `${username}:${realm}:${password}`;
  return { md5: hash('md5', text), sha256: hash('sha256', text), sha512256: hash('sha512-256', text) };
}
