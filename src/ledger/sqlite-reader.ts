import { DatabaseSync } from 'node:sqlite';
import { createFeed, type FollowerErrorHandler } from './feed.ts';
import type { FollowedLedger, JsonObject, Revision } from './ledger.ts';
import { BUSY_TIMEOUT } from './sqlite-open.ts';
import { prepareReads } from './sqlite-reads.ts';

/** The ledger as another thread than the one that writes it reads it. */
export interface LedgerReader extends FollowedLedger {
  /** Tells the followers here of a revision; resolves when they are done with it. Each is to be told in its turn. */
  announce(revision: Revision): Promise<void>;
  close(): void;
}

/** Opens a ledger's file that a writer of this process has open, to read it and to follow what the writer tells. */
export function openLedgerReader(file: string, onError: FollowerErrorHandler): LedgerReader {
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT });
  const reads = prepareReads(database);
  const feed = createFeed(onError);
  return {
    async revision() {
      return reads.newest();
    },
    async get(key) {
      const row = reads.row(key);
      return row ? { ...key, body: JSON.parse(row.body) as JsonObject, revision: row.revision } : null;
    },
    async list(query) {
      return reads.list(query);
    },
    async any(folder) {
      return reads.any(folder);
    },
    follow: feed.follow,
    announce(revision) {
      feed.announce([revision]);
      return feed.settled();
    },
    close: () => database.close(),
  };
}
