import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openOwnSqlite } from '../kit/own-sqlite.ts';
import { readSqlite } from '../kit/read-sqlite.ts';
import type { CallEnd, HeldCall } from './held-call.ts';
import type { CallStore } from './standing-calls.ts';

/** Answered calls in a database file of their own, one row each. */
export class SqliteCalls implements CallStore {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #see: StatementSync;

  /** Opens the file, or makes it. */
  constructor(file: string) {
    const database = openOwnSqlite(file);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec(`
      CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, call TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
    `);
    this.#database = database;
    this.#put = database.prepare('INSERT OR REPLACE INTO calls (key, call) VALUES (?, ?)');
    this.#remove = database.prepare('DELETE FROM calls WHERE key = ?');
    this.#see = database.prepare('INSERT OR REPLACE INTO seen (id, at) VALUES (1, ?)');
  }

  load(): ReturnType<CallStore['load']> {
    return callsIn(this.#database);
  }

  save(changes: readonly (readonly [key: string, call: HeldCall | null])[], seen: number): void {
    this.#database.exec('BEGIN');
    try {
      for (const [key, call] of changes) {
        if (call) this.#put.run(key, JSON.stringify(call));
        else this.#remove.run(key);
      }
      this.#see.run(seen);
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

/** The calls in a file that another thread writes. */
export function readCalls(file: string): ReturnType<CallStore['load']> {
  // What is made last.
  return readSqlite({ file, table: 'seen', none: { seen: 0, calls: [] } }, callsIn);
}

function callsIn(database: DatabaseSync): ReturnType<CallStore['load']> {
  const rows = database.prepare('SELECT key, call FROM calls').all();
  return {
    seen: Number(database.prepare('SELECT at FROM seen').get()?.['at'] ?? 0),
    calls: rows.flatMap((row) => {
      const call = callOf(String(row['call']));
      return call ? [[String(row['key']), call] as const] : [];
    }),
  };
}

/** Undefined for what another version wrote, or a disk spoilt: one such call must not keep the gate from starting. */
function callOf(text: string): HeldCall | undefined {
  try {
    const call = JSON.parse(text) as Partial<HeldCall> | null;
    return isWhole(call) ? call : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(call: Partial<HeldCall> | null): call is HeldCall {
  if (typeof call?.callId !== 'string' || typeof call.answeredAt !== 'number') return false;
  return Array.isArray(call.trunks) && isEnd(call.caller) && isEnd(call.callee);
}

function isEnd(end: Partial<CallEnd> | null | undefined): boolean {
  return typeof end?.party === 'string' && typeof end.target === 'string' && Array.isArray(end.recordRoutes);
}
