import { closeSync, fdatasync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

/** Where a ledger that lives only as long as the process is kept, for tests. */
const IN_MEMORY = ':memory:';

/** How long a statement waits for another program's lock (milliseconds); it holds up the whole process meanwhile. */
export const BUSY_TIMEOUT = 1000;

/** Kilobytes of the file kept in memory, so that a commit reads no pages before it writes them. */
const PAGE_CACHE = 8000;

/** Pages that the write-ahead log holds before they go to the file, which each time costs two syncs: 8 MB. */
const LOG_PAGES = 2000;

/** SQLite's result code SQLITE_BUSY. */
const SQLITE_BUSY = 5;

/** Each entry brings the schema from the version of its index to the next. Entries are never edited, only added. */
const MIGRATIONS = [
  `CREATE TABLE documents (
     dialect TEXT NOT NULL,
     kind TEXT NOT NULL,
     id TEXT NOT NULL,
     body TEXT NOT NULL,
     revision INTEGER NOT NULL,
     PRIMARY KEY (dialect, kind, id)
   ) STRICT;
   CREATE TABLE revisions (
     number INTEGER PRIMARY KEY,
     at INTEGER NOT NULL,
     actor TEXT NOT NULL,
     dialect TEXT NOT NULL,
     operation TEXT NOT NULL,
     request_id TEXT NOT NULL
   ) STRICT;
   CREATE TABLE changes (
     sequence INTEGER PRIMARY KEY,
     revision INTEGER NOT NULL,
     dialect TEXT NOT NULL,
     kind TEXT NOT NULL,
     id TEXT NOT NULL,
     before TEXT,
     after TEXT
   ) STRICT;
   CREATE INDEX changes_by_revision ON changes (revision, dialect, kind, id);
   CREATE INDEX changes_by_document ON changes (dialect, kind, id, revision);`,
  // A third of what a commit cost, for guards that are hardly ever so old that they need it.
  'DROP INDEX IF EXISTS changes_by_document',
];

/** The ledger's file cannot be used; the message says why and is fit for an operator. */
export class LedgerUnavailable extends Error {
  override name = 'LedgerUnavailable';
}

/** An open database file, held against every other writer until `close`. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  /** Resolves when all that was committed until now is on the disk; a commit alone is not. */
  readonly sync: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Opens the database file, makes it when it is missing, and brings its schema up to date.
 * Throws LedgerUnavailable when another ledger has it open or a newer program has written it.
 */
export function openDatabase(file: string): OpenDatabase {
  const lock = file === IN_MEMORY ? undefined : lockFor(file);
  let database: DatabaseSync | undefined;
  let log: number | undefined;
  const close = (): void => {
    if (log !== undefined) closeSync(log);
    log = undefined;
    if (database?.isOpen) database.close();
    if (lock?.isOpen) lock.close();
  };
  try {
    database = openPrivately(file);
    database.exec('PRAGMA synchronous = FULL');
    database.exec(`PRAGMA cache_size = -${PAGE_CACHE}; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    migrate(database, file);
    // There is no log in memory, nor on a file system without shared memory, where SQLite syncs what it commits.
    if (mode !== 'wal') return { database, sync: async () => {}, close };
    // SQLite itself would hold up the process for each sync.
    database.exec('PRAGMA synchronous = NORMAL');
    log = openSync(`${file}-wal`, 'r+');
    return { database, sync: promisify(fdatasync).bind(null, log), close };
  } catch (error) {
    close();
    throw error instanceof LedgerUnavailable ? error : unusable(file, error);
  }
}

/**
 * Holds an exclusive transaction on an empty database beside the file. The system releases it however the process
 * ends, and since it is not the ledger's own file, other programs may go on reading that one.
 */
function lockFor(file: string): DatabaseSync {
  const lock = openPrivately(`${file}.lock`);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      throw new LedgerUnavailable(`${file} is in use by another process: stop it, or choose another data folder`, {
        cause: error,
      });
    throw unusable(`${file}.lock`, error);
  }
}

/** SQLite names no file, and the data folder holds several. */
function unusable(file: string, error: unknown): LedgerUnavailable {
  const reason = error instanceof Error ? error.message : String(error);
  return new LedgerUnavailable(`${file} cannot be used: ${reason}`, { cause: error });
}

/** Opens a database that only its owner may read: SQLite gives its companion files the same mode. */
function openPrivately(file: string): DatabaseSync {
  if (file !== IN_MEMORY) closeSync(openSync(file, 'a', 0o600));
  return new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
}

function migrate(database: DatabaseSync, file: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > MIGRATIONS.length)
    throw new LedgerUnavailable(
      `${file} has schema ${version}, this program knows ${MIGRATIONS.length}: a newer Tollgate wrote it, run that one`,
    );
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index >= version) database.exec(`BEGIN IMMEDIATE; ${statements}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
