import type { DatabaseSync } from 'node:sqlite';
import { openOwnSqlite } from '../../../kit/own-sqlite.ts';
import type { CallRecord } from './record.ts';

/** Calls that are remembered; beyond, the oldest are forgotten. About 500 bytes each. */
const MOST_CALLS = 200_000;

/** Calls written between two looks at how many there are. */
const PRUNE_AFTER = 1000;

/** Which calls are wanted. Times as ISO 8601; a range holds both of its ends. */
export interface CallFilter {
  readonly to?: string;
  readonly from?: string;
  readonly parent?: string;
  readonly status?: string;
  readonly startedFrom?: string;
  readonly startedTo?: string;
  readonly endedFrom?: string;
  readonly endedTo?: string;
}

/** Condition of each part of a filter. */
const CONDITIONS: Readonly<Record<keyof CallFilter, string>> = {
  to: 'callee = ?',
  from: 'caller = ?',
  parent: 'parent = ?',
  status: 'status = ?',
  startedFrom: 'started >= ?',
  startedTo: 'started <= ?',
  endedFrom: 'ended >= ?',
  endedTo: 'ended <= ?',
};

/** The history of calls in a database file of its own. SIDs begin with the time, the newest being the least. */
export class CallStore {
  readonly #database: DatabaseSync;
  #unpruned = 0;

  /** Opens the file, or makes it. */
  constructor(file: string) {
    const database = openOwnSqlite(file);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec(`
      CREATE TABLE IF NOT EXISTS calls (
        sid TEXT PRIMARY KEY, parent TEXT, caller TEXT NOT NULL, callee TEXT NOT NULL, status TEXT NOT NULL,
        started TEXT, ended TEXT, data TEXT NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS calls_by_parent ON calls (parent) WHERE parent IS NOT NULL;
      CREATE INDEX IF NOT EXISTS calls_by_status ON calls (status);
    `);
    this.#database = database;
  }

  /** Writes these as they are now; null removes one. All or nothing. */
  write(changes: ReadonlyMap<string, CallRecord | null>): void {
    const put = this.#database.prepare('INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    const remove = this.#database.prepare('DELETE FROM calls WHERE sid = ?');
    this.#database.exec('BEGIN');
    try {
      for (const [sid, record] of changes) {
        if (!record) remove.run(sid);
        else {
          const { parent_call_sid: parent, from, to, status, start_time: started, end_time: ended } = record;
          put.run(sid, parent, from, to, status, started, ended, JSON.stringify(record));
        }
      }
      this.#prune(changes.size);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  get(sid: string): CallRecord | undefined {
    return this.#rows('SELECT data FROM calls WHERE sid = ?', [sid])[0];
  }

  /** The newest that match, after the SID `after` when it is given, at most `limit`, without the first `skip`. */
  list(filter: CallFilter, { after, skip, limit }: { after?: string; skip: number; limit: number }): CallRecord[] {
    const wanted = Object.entries(filter).filter((entry): entry is [keyof CallFilter, string] => Boolean(entry[1]));
    const conditions = wanted.map(([name]) => CONDITIONS[name]);
    const values: (string | number)[] = wanted.map(([, value]) => value);
    if (after !== undefined) {
      conditions.push('sid > ?');
      values.push(after);
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    return this.#rows(`SELECT data FROM calls ${where} ORDER BY sid LIMIT ? OFFSET ?`, [...values, limit, skip]);
  }

  /** Those that were never seen to end. */
  unfinished(): CallRecord[] {
    return this.#rows(`SELECT data FROM calls WHERE status IN ('queued', 'ringing', 'in-progress')`, []);
  }

  close(): void {
    this.#database.close();
  }

  #rows(sql: string, values: (string | number)[]): CallRecord[] {
    return this.#database
      .prepare(sql)
      .all(...values)
      .map((row) => JSON.parse(String(row['data'])) as CallRecord);
  }

  #prune(written: number): void {
    this.#unpruned += written;
    if (this.#unpruned < PRUNE_AFTER) return;
    this.#unpruned = 0;
    const { held } = this.#database.prepare('SELECT COUNT(*) AS held FROM calls').get() ?? {};
    const surplus = Number(held) - MOST_CALLS;
    if (surplus > 0)
      this.#database
        .prepare('DELETE FROM calls WHERE sid IN (SELECT sid FROM calls ORDER BY sid DESC LIMIT ?)')
        .run(surplus);
  }
}
