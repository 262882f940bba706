import type { DocumentChange, DocumentKey } from '../ledger/ledger.ts';
import type { CredentialRecord } from '../rulebook/credential.ts';
import type { CompiledEntry, EntryKey } from '../rulebook/entry.ts';
import type { Documents } from './documents.ts';

/**
 * A dialect's reading of its own documents: what they mean for a call. Reads documents, never writes them,
 * and knows nothing of SIP. One instance serves every edge, through the change feed.
 */
export interface Compiler {
  readonly dialect: string;
  /** The document kinds whose every document may make an entry: what a first compilation walks. */
  readonly roots: readonly string[];
  /** The entries that a change of this document may alter. */
  affects(change: Pick<DocumentChange, 'key' | 'before' | 'after'>): EntryKey[];
  /** The entry as the documents now say, or null. */
  compile(key: EntryKey, documents: Documents): Promise<CompiledEntry>;
  /** The document that holds a user of a credential set (one of a DigestRule's). */
  credentialKey(credentialSet: string, username: string): DocumentKey;
  /** Reads that document. */
  credential(body: DocumentChange['after']): CredentialRecord | null;
}
