import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openOwnSqlite } from '../../kit/own-sqlite.ts';
import type { Spender, SpendingStore } from './spending.ts';
import type { TallyState } from './tally.ts';

/** Tallies in a database file of their own, one row for each trunk and user that called today. */
export class SqliteSpending implements SpendingStore {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  /** Opens the file, or makes it. */
  constructor(file: string) {
    const database = openOwnSqlite(file);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    // The trunk's own row has an empty user.
    database.exec(`
      CREATE TABLE IF NOT EXISTS spending (
        trunk TEXT NOT NULL, user TEXT NOT NULL, tally TEXT NOT NULL, PRIMARY KEY (trunk, user)
      ) WITHOUT ROWID
    `);
    this.#database = database;
    this.#put = database.prepare('INSERT OR REPLACE INTO spending (trunk, user, tally) VALUES (?, ?, ?)');
    this.#remove = database.prepare('DELETE FROM spending WHERE trunk = ? AND user = ?');
  }

  *load(): Iterable<{ of: Spender; state: TallyState }> {
    for (const row of this.#database.prepare('SELECT trunk, user, tally FROM spending').all()) {
      const user = String(row['user']);
      const of = { trunk: String(row['trunk']), user: user === '' ? null : user };
      yield { of, state: JSON.parse(String(row['tally'])) as TallyState };
    }
  }

  save(changes: readonly { of: Spender; state: TallyState | null }[]): void {
    this.#database.exec('BEGIN');
    try {
      for (const { of, state } of changes) {
        if (state) this.#put.run(of.trunk, of.user ?? '', JSON.stringify(state));
        else this.#remove.run(of.trunk, of.user ?? '');
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}
