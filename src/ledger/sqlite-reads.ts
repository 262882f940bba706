import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { idRange } from './id-range.ts';
import type { DocumentKey, Folder, JsonObject, ListQuery, StoredDocument } from './ledger.ts';

/** SQLite orders every blob after every text: a bound beyond all ids. */
const AFTER_ALL_IDS = Uint8Array.of(0);

/** SQLite's LIMIT for "all of them". */
const NO_LIMIT = -1;

/** A document as its row has it: `body` is JSON. */
export interface DocumentRow {
  readonly body: string;
  readonly revision: number;
}

/** The statements that read what is true now, as the file has it at that moment. */
export interface SqliteReads {
  newest(): number;
  row(key: DocumentKey): DocumentRow | undefined;
  list(query: ListQuery): StoredDocument[];
  any(folder: Folder): boolean;
}

/** Prepares them on a database whose schema is up to date. */
export function prepareReads(database: DatabaseSync): SqliteReads {
  const selectNewest = database.prepare('SELECT coalesce(max(number), 0) AS newest FROM revisions');
  const selectDocument = database.prepare(
    'SELECT body, revision FROM documents WHERE dialect = ? AND kind = ? AND id = ?',
  );
  const selectDocuments = database.prepare(
    `SELECT id, body, revision FROM documents
     WHERE dialect = ? AND kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?`,
  );
  const selectAny = database.prepare(
    'SELECT 1 FROM documents WHERE dialect = ? AND kind = ? AND id >= ? AND id < ? LIMIT 1',
  );
  return {
    newest: () => (selectNewest.get() as { newest: number }).newest,
    row: ({ dialect, kind, id }) => selectDocument.get(dialect, kind, id) as DocumentRow | undefined,
    list({ dialect, kind, prefix, after, limit = NO_LIMIT }) {
      const rows = selectDocuments.all(dialect, kind, ...bounds(prefix, after), limit) as unknown as ListedRow[];
      return rows.map(({ id, body, revision }) => ({
        dialect,
        kind,
        id,
        body: JSON.parse(body) as JsonObject,
        revision,
      }));
    },
    any: ({ dialect, kind, prefix }) => selectAny.get(dialect, kind, ...bounds(prefix)) !== undefined,
  };
}

interface ListedRow extends DocumentRow {
  readonly id: string;
}

/** The first id of a range, and the bound that all of them lie before. */
export function bounds(prefix?: string, after?: string): [SQLInputValue, SQLInputValue] {
  const { from, to } = idRange(prefix, after);
  return [from, to ?? AFTER_ALL_IDS];
}
