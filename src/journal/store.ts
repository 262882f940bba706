import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Calls beyond this many events are forgotten, oldest first: about 1 GB of disk. */
const MOST_EVENTS = 1_000_000;

/** How many events one flush removes at most, so that pruning never holds up the process. */
const PRUNE_STEP = 10_000;

/** In place of the Call-ID of events that belong to no call. */
export const NO_CALL = '';

export interface NewEvent {
  readonly callId: string;
  /** Of an event that is a decision. */
  readonly decisionId: string | null;
  readonly data: string;
}

export interface StoredEvent {
  readonly sequence: number;
  readonly callId: string;
  readonly data: string;
}

/** The journal's own database file. Losing the last moments in a crash is allowed: calls do not depend on it. */
export class JournalStore {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    // Who calls whom is nobody else's business; the database's side files take over its mode.
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec(`
      CREATE TABLE IF NOT EXISTS events (
        sequence INTEGER PRIMARY KEY, call_id TEXT NOT NULL, decision_id TEXT, data TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS events_by_call ON events (call_id);
      CREATE INDEX IF NOT EXISTS events_of_calls ON events (sequence) WHERE call_id <> '';
      CREATE INDEX IF NOT EXISTS events_by_decision ON events (decision_id) WHERE decision_id IS NOT NULL;
      CREATE TABLE IF NOT EXISTS heartbeats (trunk TEXT PRIMARY KEY, source TEXT NOT NULL, at INTEGER NOT NULL);
    `);
    this.#database = database;
  }

  write(events: readonly NewEvent[], heartbeats: ReadonlyMap<string, { source: string; at: number }>): void {
    const insert = this.#database.prepare('INSERT INTO events (call_id, decision_id, data) VALUES (?, ?, ?)');
    const beat = this.#database.prepare('INSERT OR REPLACE INTO heartbeats (trunk, source, at) VALUES (?, ?, ?)');
    this.#database.exec('BEGIN');
    try {
      for (const event of events) insert.run(event.callId, event.decisionId, event.data);
      for (const [trunk, { source, at }] of heartbeats) beat.run(trunk, source, at);
      this.#prune();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  eventsOf(callId: string): StoredEvent[] {
    return this.#rows('SELECT sequence, call_id, data FROM events WHERE call_id = ? ORDER BY sequence', callId);
  }

  /** The event of a decision. */
  decisionEvent(decisionId: string): StoredEvent | undefined {
    return this.#rows('SELECT sequence, call_id, data FROM events WHERE decision_id = ?', decisionId)[0];
  }

  /** The newest events of calls before `before`, newest first. */
  newest(before: number, limit: number): StoredEvent[] {
    return this.#rows(
      `SELECT sequence, call_id, data FROM events INDEXED BY events_of_calls
       WHERE call_id <> '' AND sequence < ? ORDER BY sequence DESC LIMIT ?`,
      before,
      limit,
    );
  }

  /** The newest events of one call, newest first. */
  newestOf(callId: string, limit: number): StoredEvent[] {
    return this.#rows(
      'SELECT sequence, call_id, data FROM events WHERE call_id = ? ORDER BY sequence DESC LIMIT ?',
      callId,
      limit,
    );
  }

  heartbeat(trunk: string): { source: string; at: number } | undefined {
    const row = this.#database.prepare('SELECT source, at FROM heartbeats WHERE trunk = ?').get(trunk);
    return row ? { source: String(row['source']), at: Number(row['at']) } : undefined;
  }

  close(): void {
    this.#database.close();
  }

  #rows(sql: string, ...values: (string | number)[]): StoredEvent[] {
    return this.#database
      .prepare(sql)
      .all(...values)
      .map((row) => ({ sequence: Number(row['sequence']), callId: String(row['call_id']), data: String(row['data']) }));
  }

  #prune(): void {
    const { first, last } =
      this.#database.prepare('SELECT MIN(sequence) AS first, MAX(sequence) AS last FROM events').get() ?? {};
    const surplus = Number(last) - Number(first) + 1 - MOST_EVENTS;
    if (surplus <= 0) return;
    this.#database.prepare('DELETE FROM events WHERE sequence < ?').run(Number(first) + Math.min(surplus, PRUNE_STEP));
  }
}
