import type { Clock } from '../kit/clock.ts';
import { commitRequest, type CommitRequest } from './commit-request.ts';
import { createFeed, type FollowerErrorHandler } from './feed.ts';
import type { Ledger } from './ledger.ts';
import { SharedSync } from './shared-sync.ts';
import { openDatabase } from './sqlite-open.ts';
import { prepareStore, type Outcome } from './sqlite-store.ts';

/** Most commits that share one transaction, so that a burst cannot hold up the process for long. */
const MOST_TOGETHER = 256;

/** What a ledger on a file needs. */
export interface SqliteLedgerOptions {
  /** The database's path in a folder that exists; `:memory:` keeps nothing. */
  readonly file: string;
  readonly clock: Clock;
  /** Told of a follower that threw; must not throw itself. A process warning when absent. */
  readonly onError?: FollowerErrorHandler;
}

interface WaitingCommit {
  readonly request: CommitRequest;
  resolve(revision: number): void;
  reject(error: unknown): void;
}

/**
 * Opens the embedded ledger: one SQLite file with a write-ahead log. Commits that arrive in the same turns of the
 * event loop share one transaction and one sync to the disk, yet each is atomic by itself. A helper thread does the sync,
 * so what is read may be that much ahead of the disk; what is acknowledged never is.
 * Throws LedgerUnavailable when another ledger has the file open or a newer program has written it.
 */
export function openSqliteLedger({ file, clock, onError = warn }: SqliteLedgerOptions): Ledger {
  const { database, sync, close } = openDatabase(file);
  const log = new SharedSync(sync);
  const store = prepareStore(database);
  const feed = createFeed(onError);
  let waiting: WaitingCommit[] = [];
  let closing = false;
  /** Resolves when all whose commits were tried were told. */
  let answered = Promise.resolve();

  /** Commits once a turn of the event loop has brought no more: those who ask at once share the cost of one sync. */
  function commitSoon(seen: number): void {
    if (waiting.length > seen && waiting.length < MOST_TOGETHER) setImmediate(commitSoon, waiting.length);
    else commitWaiting();
  }

  function commitWaiting(): void {
    const batch = waiting.slice(0, MOST_TOGETHER);
    waiting = waiting.slice(MOST_TOGETHER);
    if (waiting.length > 0) setImmediate(commitWaiting);
    if (batch.length > 0) settle(batch);
  }

  function settle(batch: readonly WaitingCommit[]): void {
    let outcomes: Outcome[];
    try {
      log.check();
      const requests = batch.map(({ request }) => request);
      outcomes = store.commitTogether(requests, Math.floor(clock.now()));
    } catch (error) {
      for (const commit of batch) commit.reject(error);
      return;
    }
    answered = answer(batch, outcomes);
  }

  /** Tells who commits, once the change is on the disk and in force. */
  async function answer(batch: readonly WaitingCommit[], outcomes: readonly Outcome[]): Promise<void> {
    try {
      await log.synced();
    } catch (error) {
      for (const commit of batch) commit.reject(error);
      return;
    }
    feed.announce(outcomes.flatMap((outcome) => ('made' in outcome ? (outcome.made ?? []) : [])));
    await feed.settled();
    for (const [index, outcome] of outcomes.entries())
      if ('error' in outcome) batch[index]?.reject(outcome.error);
      else batch[index]?.resolve(outcome.newest);
  }

  return {
    async revision() {
      return store.newest();
    },
    async get(key) {
      return store.get(key);
    },
    async list(query) {
      return store.list(query);
    },
    async any(folder) {
      return store.any(folder);
    },
    commit(author, writes, guards = []) {
      return new Promise((resolve, reject) => {
        if (closing) throw new Error('the ledger is closed');
        waiting.push({ request: commitRequest(author, writes, guards), resolve, reject });
        if (waiting.length === 1) setImmediate(commitSoon, 1);
      });
    },
    async revisionsAfter(revision, limit) {
      return store.revisionsAfter(revision, limit);
    },
    follow: feed.follow,
    async close() {
      closing = true;
      while (waiting.length > 0) commitWaiting();
      await answered;
      close();
    },
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}
