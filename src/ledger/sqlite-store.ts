import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { sameBody, type CommitRequest, type TextWrite } from './commit-request.ts';
import { idRange } from './id-range.ts';
import {
  RevisionConflict,
  type DocumentChange,
  type DocumentKey,
  type Guard,
  type JsonObject,
  type ListQuery,
  type Revision,
  type StoredDocument,
} from './ledger.ts';

/** SQLite orders every blob after every text: a bound beyond all ids. */
const AFTER_ALL_IDS = Uint8Array.of(0);

/** SQLite's LIMIT for "all of them". */
const NO_LIMIT = -1;

/** What became of one commit among those that shared a transaction. */
export type Outcome =
  /** `made` is null when the writes changed nothing. */
  { readonly newest: number; readonly made: Revision | null } | { readonly error: unknown };

/** The statements of a ledger, synchronous and on one connection, so that no reader sees half a transaction. */
export interface SqliteStore {
  newest(): number;
  get(key: DocumentKey): StoredDocument | null;
  list(query: ListQuery): StoredDocument[];
  revisionsAfter(revision: number, limit: number): Revision[];
  /**
   * Runs several commits in one durable transaction, each with its own guards, revision and outcome.
   * Throws when the transaction itself fails; then none of them was written.
   */
  commitTogether(requests: readonly CommitRequest[], at: number): Outcome[];
}

/** Prepares the statements on a database whose schema is up to date. */
export function prepareStore(database: DatabaseSync): SqliteStore {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const savepoint = database.prepare('SAVEPOINT one');
  const release = database.prepare('RELEASE one');
  const selectNewest = database.prepare('SELECT coalesce(max(number), 0) AS newest FROM revisions');
  const selectDocument = database.prepare(
    'SELECT body, revision FROM documents WHERE dialect = ? AND kind = ? AND id = ?',
  );
  const selectDocuments = database.prepare(
    `SELECT id, body, revision FROM documents
     WHERE dialect = ? AND kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?`,
  );
  const selectRevisions =
    database.prepare(`SELECT number, at, actor, dialect, operation, request_id AS requestId FROM revisions
     WHERE number > ? ORDER BY number LIMIT ?`);
  const selectChanges = database.prepare(
    'SELECT dialect, kind, id, before, after FROM changes WHERE revision = ? ORDER BY sequence',
  );
  const selectChangeOfOne = database.prepare(
    `SELECT 1 FROM changes INDEXED BY changes_by_document
     WHERE dialect = ? AND kind = ? AND id = ? AND revision > ? LIMIT 1`,
  );
  // By revision: a guard is mostly young, a prefix may hold a long history.
  const selectChangeInRange = database.prepare(
    `SELECT 1 FROM changes INDEXED BY changes_by_revision
     WHERE revision > ? AND dialect = ? AND kind = ? AND id >= ? AND id < ? LIMIT 1`,
  );
  const insertRevision = database.prepare('INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?)');
  const insertChange = database.prepare(
    'INSERT INTO changes (revision, dialect, kind, id, before, after) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const putDocument = database.prepare(
    `INSERT INTO documents VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (dialect, kind, id) DO UPDATE SET body = excluded.body, revision = excluded.revision`,
  );
  const deleteDocument = database.prepare('DELETE FROM documents WHERE dialect = ? AND kind = ? AND id = ?');

  const newest = (): number => (selectNewest.get() as { newest: number }).newest;

  function get({ dialect, kind, id }: DocumentKey): StoredDocument | null {
    const row = selectDocument.get(dialect, kind, id) as DocumentState | undefined;
    return row ? { dialect, kind, id, body: parseBody(row.body), revision: row.revision } : null;
  }

  function holds({ dialect, kind, id, match, revision }: Guard): boolean {
    if (match === 'exact') return !selectChangeOfOne.get(dialect, kind, id, revision);
    return !selectChangeInRange.get(revision, dialect, kind, ...bounds(id));
  }

  /** Writes one document and its place in the history; null when it says already what it shall say. */
  function write({ key, text }: TextWrite, number: number): DocumentChange | null {
    const { dialect, kind, id } = key;
    const before = (selectDocument.get(dialect, kind, id) as DocumentState | undefined)?.body ?? null;
    const change = changeOf({ dialect, kind, id, before, after: text });
    if (sameBody(change.before, change.after)) return null;
    insertChange.run(number, dialect, kind, id, before, text);
    if (text === null) deleteDocument.run(dialect, kind, id);
    else putDocument.run(dialect, kind, id, text, number);
    return change;
  }

  function apply({ author, writes, guards }: CommitRequest, at: number): Outcome {
    const broken = guards.find((guard) => !holds(guard));
    if (broken) throw new RevisionConflict(broken);
    const number = newest() + 1;
    const changes = writes.map((each) => write(each, number)).filter((change) => change !== null);
    if (changes.length === 0) return { newest: number - 1, made: null };
    const { actor, dialect, operation, requestId } = author;
    insertRevision.run(number, at, actor, dialect, operation, requestId);
    return { newest: number, made: { number, at, actor, dialect, operation, requestId, changes } };
  }

  function attempt(request: CommitRequest, at: number): Outcome {
    savepoint.run();
    try {
      return apply(request, at);
    } catch (error) {
      // A full disk or an I/O error may have undone the whole transaction already.
      if (!database.isTransaction) throw error;
      database.exec('ROLLBACK TO one');
      return { error };
    } finally {
      if (database.isTransaction) release.run();
    }
  }

  return {
    newest,
    get,
    list({ dialect, kind, prefix, after, limit = NO_LIMIT }) {
      const rows = selectDocuments.all(dialect, kind, ...bounds(prefix, after), limit) as unknown as DocumentRow[];
      return rows.map(({ id, body, revision }) => ({ dialect, kind, id, body: parseBody(body), revision }));
    },
    revisionsAfter(revision, limit) {
      const rows = selectRevisions.all(revision, limit) as unknown as RevisionRow[];
      return rows.map(({ number, at, actor, dialect, operation, requestId }) => {
        const changes = (selectChanges.all(number) as unknown as ChangeRow[]).map(changeOf);
        return { number, at, actor, dialect, operation, requestId, changes };
      });
    },
    commitTogether(requests, at) {
      begin.run();
      try {
        const outcomes = requests.map((request) => attempt(request, at));
        commit.run();
        return outcomes;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}

interface DocumentState {
  readonly body: string;
  readonly revision: number;
}

interface DocumentRow extends DocumentState {
  readonly id: string;
}

type RevisionRow = Omit<Revision, 'changes'>;

interface ChangeRow extends DocumentKey {
  readonly before: string | null;
  readonly after: string | null;
}

function changeOf({ dialect, kind, id, before, after }: ChangeRow): DocumentChange {
  return {
    key: { dialect, kind, id },
    before: before === null ? null : parseBody(before),
    after: after === null ? null : parseBody(after),
  };
}

function bounds(prefix?: string, after?: string): [SQLInputValue, SQLInputValue] {
  const { from, to } = idRange(prefix, after);
  return [from, to ?? AFTER_ALL_IDS];
}

function parseBody(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}
