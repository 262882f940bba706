import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { CommitRequest, TextWrite } from './commit-request.ts';
import { DocumentCache, readBody, type DocumentState } from './document-cache.ts';
import {
  RevisionConflict,
  type DocumentChange,
  type DocumentKey,
  type Folder,
  type Guard,
  type JsonObject,
  type ListQuery,
  type Revision,
  type StoredDocument,
} from './ledger.ts';
import { RecentChanges, type Change } from './recent-changes.ts';
import { bounds, prepareReads } from './sqlite-reads.ts';

/** What became of one commit among those that shared a transaction. */
export type Outcome =
  /** `newest` is the newest revision after it; `made` is null when the writes changed nothing. */
  { readonly newest: number; readonly made: Revision | null } | { readonly newest: number; readonly error: unknown };

/** The statements of a ledger, synchronous and on one connection, so that no reader sees half a transaction. */
export interface SqliteStore {
  newest(): number;
  get(key: DocumentKey): StoredDocument | null;
  list(query: ListQuery): StoredDocument[];
  any(folder: Folder): boolean;
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
  const reads = prepareReads(database);
  const selectRevisions =
    database.prepare(`SELECT number, at, actor, dialect, operation, request_id AS requestId FROM revisions
     WHERE number > ? ORDER BY number LIMIT ?`);
  const selectChanges = database.prepare(
    'SELECT dialect, kind, id, before, after FROM changes WHERE revision = ? ORDER BY sequence',
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
  const insertDocument = database.prepare(
    'INSERT INTO documents (body, revision, dialect, kind, id) VALUES (?, ?, ?, ?, ?)',
  );
  const updateDocument = database.prepare(
    'UPDATE documents SET body = ?, revision = ? WHERE dialect = ? AND kind = ? AND id = ?',
  );
  const deleteDocument = database.prepare('DELETE FROM documents WHERE dialect = ? AND kind = ? AND id = ?');

  // Nobody else writes to the file, so what is remembered here is what it says.
  let newest = reads.newest();
  const recent = new RecentChanges(newest);
  const cache = new DocumentCache();

  function stateOf(key: DocumentKey): DocumentState | undefined {
    const kept = cache.get(key);
    if (kept) return kept;
    const row = reads.row(key);
    if (!row) return undefined;
    const state = { text: row.body, body: readBody(row.body), revision: row.revision };
    cache.set(key, state);
    return state;
  }

  function get(key: DocumentKey): StoredDocument | null {
    const { dialect, kind, id } = key;
    const state = stateOf(key);
    return state ? { dialect, kind, id, body: state.body, revision: state.revision } : null;
  }

  function holds(guard: Guard, changed: readonly Change[]): boolean {
    const { dialect, kind, id, match, revision } = guard;
    const known = recent.allow(guard, changed);
    if (known !== undefined) return known;
    const there = match === 'exact' ? stateOf(guard) : undefined;
    if (there) return there.revision <= revision;
    // What comes after an id, a NUL at the least, is another.
    const range = match === 'exact' ? [id, `${id}\0`] : bounds(id);
    return !selectChangeInRange.get(revision, dialect, kind, ...range);
  }

  /** Writes one document and its place in the history; null when it says already what it shall say. */
  function write({ key, text }: TextWrite, revision: number, changed: Change[]): DocumentChange | null {
    const { dialect, kind, id } = key;
    const before = stateOf(key);
    const after = text === null ? undefined : { text, body: readBody(text), revision };
    if (sameState(before, after)) return null;
    changed.push({ key, revision });
    // Nobody is given what it says before the transaction is committed, for nobody else runs meanwhile.
    if (after) cache.set(key, after);
    else cache.forget(key);
    insertChange.run(revision, dialect, kind, id, before?.text ?? null, text);
    if (text === null) deleteDocument.run(dialect, kind, id);
    else (before ? updateDocument : insertDocument).run(text, revision, dialect, kind, id);
    return { key, before: before?.body ?? null, after: after?.body ?? null };
  }

  /** `revision` is the newest so far, `changed` what the transaction has written so far. */
  function apply({ author, writes, guards }: CommitRequest, at: number, revision: number, changed: Change[]): Outcome {
    const broken = guards.find((guard) => !holds(guard, changed));
    if (broken) return { newest: revision, error: new RevisionConflict(broken) };
    const number = revision + 1;
    const changes = writes.map((each) => write(each, number, changed)).filter((change) => change !== null);
    if (changes.length === 0) return { newest: revision, made: null };
    const { actor, dialect, operation, requestId } = author;
    insertRevision.run(number, at, actor, dialect, operation, requestId);
    return { newest: number, made: { number, at, actor, dialect, operation, requestId, changes } };
  }

  /** Undoes the transaction, in memory too; false when SQLite has undone it already. */
  function undo(changed: readonly Change[]): boolean {
    for (const { key } of changed) cache.forget(key);
    if (!database.isTransaction) return false;
    database.exec('ROLLBACK');
    return true;
  }

  /** Null when a statement failed that may be the fault of one request among several. */
  function transact(requests: readonly CommitRequest[], at: number): Outcome[] | null {
    const changed: Change[] = [];
    const outcomes: Outcome[] = [];
    begin.run();
    try {
      for (const request of requests) outcomes.push(apply(request, at, outcomes.at(-1)?.newest ?? newest, changed));
    } catch (error) {
      // A full disk or an I/O error may have undone the whole transaction already.
      if (!undo(changed)) throw error;
      return requests.length > 1 ? null : [{ newest, error }];
    }
    try {
      commit.run();
    } catch (error) {
      undo(changed);
      throw error;
    }
    newest = outcomes.at(-1)?.newest ?? newest;
    recent.add(changed);
    return outcomes;
  }

  /** For one of several of which one failed, which must not undo the others. */
  function alone(request: CommitRequest, at: number): Outcome[] {
    try {
      return transact([request], at) ?? [];
    } catch (error) {
      return [{ newest, error }];
    }
  }

  return {
    newest: () => newest,
    get,
    list: (query) => reads.list(query),
    any: (folder) => reads.any(folder),
    revisionsAfter(revision, limit) {
      const rows = selectRevisions.all(revision, limit) as unknown as RevisionRow[];
      return rows.map(({ number, at, actor, dialect, operation, requestId }) => {
        const changes = (selectChanges.all(number) as unknown as ChangeRow[]).map(changeOf);
        return { number, at, actor, dialect, operation, requestId, changes };
      });
    },
    commitTogether: (requests, at) => transact(requests, at) ?? requests.flatMap((request) => alone(request, at)),
  };
}

type RevisionRow = Omit<Revision, 'changes'>;

interface ChangeRow extends DocumentKey {
  readonly before: string | null;
  readonly after: string | null;
}

/** Whether two states of a document say the same; the order of members says nothing, but changes no length either. */
function sameState(before: DocumentState | undefined, after: DocumentState | undefined): boolean {
  if (!before || !after) return before === after;
  if (before.text === after.text) return true;
  return before.text.length === after.text.length && isDeepStrictEqual(before.body, after.body);
}

function changeOf({ dialect, kind, id, before, after }: ChangeRow): DocumentChange {
  return {
    key: { dialect, kind, id },
    before: before === null ? null : parseBody(before),
    after: after === null ? null : parseBody(after),
  };
}

function parseBody(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}
