import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { OPEN_TIMEOUT } from './read-sqlite.ts';

/** Opens a database file of the gate's own, or makes it. Throws, with the file's name, where that is no database. */
export function openOwnSqlite(file: string): DatabaseSync {
  return naming(file, () => {
    // Who calls whom, and from where, is nobody else's business; the database's side files take over its mode.
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file, { timeout: OPEN_TIMEOUT });
    try {
      // Until something is read of it, any file will do.
      database.prepare('PRAGMA schema_version').get();
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** What goes wrong with a file is told with its name: SQLite tells none, and the data folder holds several. */
export function naming<Value>(file: string, use: () => Value): Value {
  try {
    return use();
  } catch (error) {
    throw new Error(`${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
