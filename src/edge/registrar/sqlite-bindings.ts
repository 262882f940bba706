import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openOwnSqlite } from '../../kit/own-sqlite.ts';
import type { AddressOfRecord, Binding } from './binding.ts';
import type { BindingStore } from './bindings.ts';

/**
 * Bindings in a database file of their own: one row for each user, so that a user's change is one statement. A write
 * is there after the process dies; a loss of power may cost the last moments, which telephones mend by registering.
 */
export class SqliteBindings implements BindingStore {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  /** Opens the file, or makes it. */
  constructor(file: string) {
    const database = openOwnSqlite(file);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec(`
      CREATE TABLE IF NOT EXISTS registrations (
        trunk TEXT NOT NULL, user TEXT NOT NULL, bindings TEXT NOT NULL, PRIMARY KEY (trunk, user)
      ) WITHOUT ROWID
    `);
    this.#database = database;
    this.#put = database.prepare('INSERT OR REPLACE INTO registrations (trunk, user, bindings) VALUES (?, ?, ?)');
    this.#remove = database.prepare('DELETE FROM registrations WHERE trunk = ? AND user = ?');
  }

  *load(): Iterable<{ of: AddressOfRecord; bindings: readonly Binding[] }> {
    for (const row of this.#database.prepare('SELECT trunk, user, bindings FROM registrations').all()) {
      const of = { trunk: String(row['trunk']), user: String(row['user']) };
      yield { of, bindings: JSON.parse(String(row['bindings'])) as Binding[] };
    }
  }

  save({ trunk, user }: AddressOfRecord, bindings: readonly Binding[]): void {
    if (bindings.length === 0) this.#remove.run(trunk, user);
    else this.#put.run(trunk, user, JSON.stringify(bindings));
  }

  close(): void {
    this.#database.close();
  }
}
