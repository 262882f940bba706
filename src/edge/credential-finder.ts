import type { CredentialRecord } from '../rulebook/credential.ts';

/** Finds a trunk's credential: now, or once it is read. */
export interface CredentialFinder {
  find(
    trunk: string,
    credentialSet: string,
    username: string,
  ): CredentialRecord | null | Promise<CredentialRecord | null>;
}
