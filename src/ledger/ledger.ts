/** Plain data, as it goes to the store and comes back. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [member: string]: Json;
}

/** Names one document: the vendor's dialect, its noun, and its id within that noun. */
export interface DocumentKey {
  readonly dialect: string;
  readonly kind: string;
  readonly id: string;
}

/** A vendor's resource as that vendor describes it. */
export interface StoredDocument extends DocumentKey {
  readonly body: JsonObject;
  /** The revision that wrote this state. */
  readonly revision: number;
}

/** One document before and after a revision; null where it did not exist. */
export interface DocumentChange {
  readonly key: DocumentKey;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
}

/** Who commits, and on whose request. */
export interface Author {
  readonly actor: string;
  readonly dialect: string;
  /** The vendor's operation name, for the audit. */
  readonly operation: string;
  readonly requestId: string;
}

/** One atomic commit. Numbers start at 1 and have no gaps. */
export interface Revision extends Author {
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly changes: readonly DocumentChange[];
}

/** A document to put (`body`) or to delete (null). Deleting what is not there is no change. */
export interface Write {
  readonly key: DocumentKey;
  readonly body: JsonObject | null;
}

/** "Nothing of this kind under this id prefix has changed after `revision`." An exact id is its own prefix. */
export interface Guard {
  readonly dialect: string;
  readonly kind: string;
  readonly id: string;
  /** `exact`: only the document `id`; `prefix`: every id that begins with it, documents yet to come included. */
  readonly match: 'exact' | 'prefix';
  readonly revision: number;
}

/** The documents of one kind whose ids begin with `prefix`. */
export interface Folder {
  readonly dialect: string;
  readonly kind: string;
  readonly prefix: string;
}

export interface ListQuery {
  readonly dialect: string;
  readonly kind: string;
  /** Only ids that begin with this. */
  readonly prefix?: string;
  /** Only ids after this one (exclusive): the place where the page before ended. */
  readonly after?: string;
  /** At most this many; all when absent. */
  readonly limit?: number;
}

/** Thrown by `commit` when a guard does not hold; nothing was written. */
export class RevisionConflict extends Error {
  override name = 'RevisionConflict';
  readonly guard: Guard;

  constructor(guard: Guard) {
    super(`${guard.dialect}/${guard.kind}/${guard.id} changed after revision ${guard.revision}`);
    this.guard = guard;
  }
}

/**
 * What was said: documents, revisions, who changed what, and a feed of changes. Knows no vendor and no SIP.
 * Every implementation passes test/contract/ledger.ts.
 */
export interface Ledger {
  /** The newest revision; 0 in an empty ledger. */
  revision(): Promise<number>;
  get(key: DocumentKey): Promise<StoredDocument | null>;
  /** Documents of one kind in the byte order of their ids. */
  list(query: ListQuery): Promise<StoredDocument[]>;
  /** Whether there are any: reads none of them. */
  any(folder: Folder): Promise<boolean>;
  /**
   * Writes all or nothing, durably: when the promise resolves the revision survives `kill -9`, and every
   * follower in this process has seen it. Of several writes to one document the last counts. Writes that change
   * nothing (the order of members says nothing) make no revision: the newest number returns.
   * Throws RevisionConflict when a guard fails, TypeError for a key that is not well-formed Unicode.
   */
  commit(author: Author, writes: readonly Write[], guards?: readonly Guard[]): Promise<number>;
  /** Revisions after `revision`, oldest first, at most `limit` of them. */
  revisionsAfter(revision: number, limit: number): Promise<Revision[]>;
  /**
   * Calls `listener` with each new revision, in order, before its commit resolves; a promise it returns is awaited,
   * so that a change is in force by the time its author hears of it. It must therefore not wait for a commit itself.
   * Reads may be ahead of the revision it is told of. A listener that fails is reported, and harms nobody else.
   * With `ahead` it is handed the next revision before it is done with this one, for one that puts them in a queue.
   * Returns the way to stop.
   */
  follow(listener: (revision: Revision) => void | Promise<void>, options?: { readonly ahead?: boolean }): () => void;
  /** Finishes the commits under way; later calls reject. */
  close(): Promise<void>;
}

/** What those need of it who follow what is said, and never write. */
export type FollowedLedger = Pick<Ledger, 'revision' | 'get' | 'list' | 'any' | 'follow'>;
