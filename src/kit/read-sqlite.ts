import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Milliseconds to wait while another thread opens the file, which nobody else may have open for a moment. */
export const OPEN_TIMEOUT = 1000;

/** Reads a database file that another thread makes and writes; `none` while it has no such table. */
export function readSqlite<Value>(
  { file, table, none }: { readonly file: string; readonly table: string; readonly none: Value },
  read: (database: DatabaseSync) => Value,
): Value {
  if (!existsSync(file)) return none;
  const database = new DatabaseSync(file, { readOnly: true, timeout: OPEN_TIMEOUT });
  try {
    const found = database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).get(table);
    return found ? read(database) : none;
  } finally {
    database.close();
  }
}
