import type { Author, DocumentKey, Guard, Write } from './ledger.ts';

/** A write whose body has become text, so that what the caller does to the object later changes nothing. */
export interface TextWrite {
  readonly key: DocumentKey;
  readonly text: string | null;
}

/** A commit, checked and ready for the store: at most one write for each document. */
export interface CommitRequest {
  readonly author: Author;
  readonly writes: readonly TextWrite[];
  readonly guards: readonly Guard[];
}

/**
 * Readies a commit; of several writes to one document the last counts.
 * Throws TypeError for a key that is not well-formed Unicode or a body that is not JSON.
 */
export function commitRequest(author: Author, writes: readonly Write[], guards: readonly Guard[]): CommitRequest {
  // No dialect and no kind has a line break in it.
  const byKey = new Map<string, TextWrite>();
  for (const { key, body } of writes) {
    const { dialect, kind, id } = key;
    // A lone surrogate has no UTF-8: two such ids would be stored as one.
    if (![dialect, kind, id].every((part) => part.isWellFormed()))
      throw new TypeError('document key is not well-formed');
    const text = body === null ? null : JSON.stringify(body);
    byKey.set(`${dialect}\n${kind}\n${id}`, { key: { dialect, kind, id }, text });
  }
  return { author: { ...author }, writes: [...byKey.values()], guards: [...guards] };
}
