import type { CredentialRecord } from '../rulebook/credential.ts';

/** Finds the credentials of that name in a trunk's sets, in the order of the sets: now, or once they are read. */
export interface CredentialFinder {
  find(
    trunk: string,
    credentialSets: readonly string[],
    username: string,
  ): readonly CredentialRecord[] | Promise<readonly CredentialRecord[]>;
}
