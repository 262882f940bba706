import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { reportCall, type CallReport } from './call.ts';
import { NO_CALL, type CallEvent } from './event.ts';
import { Segments, type Row } from './segments.ts';

/** Segments of 50,000 rows that hold admitted calls: about 1 GB of disk. */
const CALL_SEGMENTS = 16;

/** Segments that hold what was refused, apart, so that no flood of it makes the journal forget a call. */
const REFUSAL_SEGMENTS = 4;

/** Segments that hold counts: of packets that were not read, and of refusals that were not written one by one. */
const COUNT_SEGMENTS = 2;

/** Kilobytes of pages that SQLite keeps: the newest segments' indexes. */
const PAGE_CACHE = 8000;

/** Rows looked through for each call wanted in a list. */
const ROWS_PER_CALL = 8;

/** What an event is about, which decides how long it is kept. */
export type Shelf = 'calls' | 'refusals' | 'counts';

/** An event on its way to the disk. */
export interface Entry {
  readonly shelf: Shelf;
  readonly callId: string;
  /** Of an event that is a decision; else empty. */
  readonly decisionId: string;
  /** The event as JSON. */
  readonly data: string;
}

/** When and from where a trunk's equipment last sent OPTIONS. */
export interface Beat {
  readonly source: string;
  readonly at: number;
}

export interface CallPage {
  readonly calls: CallReport[];
  /** Pass as `before` to get the page of older calls; null on the last. */
  readonly next: number | null;
}

/** The journal's own database file. Losing the last moments in a crash is allowed: calls do not depend on it. */
export class JournalStore {
  readonly #database: DatabaseSync;
  #shelves: Readonly<Record<Shelf, Segments>>;
  readonly #putBeat: StatementSync;
  readonly #getBeat: StatementSync;
  #sequence: number;

  constructor(file: string) {
    // Who calls whom is nobody else's business; the database's side files take over its mode.
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${PAGE_CACHE}`);
    adoptOldTable(database);
    database.exec(
      'CREATE TABLE IF NOT EXISTS heartbeats (trunk TEXT PRIMARY KEY, source TEXT NOT NULL, at INTEGER NOT NULL)',
    );
    this.#database = database;
    this.#shelves = openShelves(database);
    this.#putBeat = database.prepare('INSERT OR REPLACE INTO heartbeats (trunk, source, at) VALUES (?, ?, ?)');
    this.#getBeat = database.prepare('SELECT source, at FROM heartbeats WHERE trunk = ?');
    this.#sequence = Math.max(...Object.values(this.#shelves).map(({ last }) => last));
  }

  /** Writes all or nothing. */
  write(entries: readonly Entry[], beats: ReadonlyMap<string, Beat>): void {
    this.#database.exec('BEGIN');
    try {
      for (const { shelf, callId, decisionId, lines } of gather(entries)) {
        this.#sequence += 1;
        this.#shelves[shelf].insert({ sequence: this.#sequence, callId, data: lines.join('\n') }, decisionId);
      }
      for (const [trunk, { source, at }] of beats) this.#putBeat.run(trunk, source, at);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      this.#shelves = openShelves(this.#database);
      throw error;
    }
  }

  /** The call, or undefined when the journal does not know it. */
  call(callId: string): CallReport | undefined {
    const { calls, refusals } = this.#shelves;
    const rows = [...calls.ofCall(callId), ...refusals.ofCall(callId)].sort((a, b) => a.sequence - b.sequence);
    return rows.length > 0 ? reportCall(callId, rows.flatMap(eventsOf)) : undefined;
  }

  /** The event of a decision. */
  decision(decisionId: string): CallEvent | undefined {
    const { calls, refusals } = this.#shelves;
    const row = calls.ofDecision(decisionId) ?? refusals.ofDecision(decisionId);
    return row && eventsOf(row).find((event) => 'decision' in event && event.decision.id === decisionId);
  }

  /** Calls, the one with the newest event first. */
  calls({ before = Number.MAX_SAFE_INTEGER, limit }: { before?: number; limit: number }): CallPage {
    const { calls, refusals } = this.#shelves;
    const most = limit * ROWS_PER_CALL;
    const rows = [...calls.newest(before, most), ...refusals.newest(before, most)]
      .sort((a, b) => b.sequence - a.sequence)
      .slice(0, most);
    const found = [...new Set(rows.map(({ callId }) => callId))].filter((id) => id !== NO_CALL).slice(0, limit);
    const oldest = rows.findLast(({ callId }) => callId === found.at(-1));
    return {
      calls: found.flatMap((callId) => this.call(callId) ?? []),
      next: found.length === limit && oldest ? oldest.sequence : null,
    };
  }

  /** Counts, newest first. */
  counts(limit: number): CallEvent[] {
    return this.#shelves.counts.newest(Number.MAX_SAFE_INTEGER, limit).flatMap(eventsOf);
  }

  heartbeat(trunk: string): Beat | undefined {
    const row = this.#getBeat.get(trunk);
    return row && { source: String(row['source']), at: Number(row['at']) };
  }

  close(): void {
    this.#database.close();
  }
}

function openShelves(database: DatabaseSync): Record<Shelf, Segments> {
  return {
    calls: new Segments(database, 'calls', CALL_SEGMENTS),
    refusals: new Segments(database, 'refusals', REFUSAL_SEGMENTS),
    counts: new Segments(database, 'counts', COUNT_SEGMENTS),
  };
}

interface Gathered {
  readonly shelf: Shelf;
  readonly callId: string;
  decisionId: string;
  readonly lines: string[];
}

/** Events of one call that came together make one row, which has at most one decision. */
function gather(entries: readonly Entry[]): Gathered[] {
  const gathered: Gathered[] = [];
  const byCall = new Map<string, Gathered>();
  for (const { shelf, callId, decisionId, data } of entries) {
    const known = shelf === 'calls' && callId !== NO_CALL ? byCall.get(callId) : undefined;
    if (known && (known.decisionId === '' || decisionId === '')) {
      known.decisionId ||= decisionId;
      known.lines.push(data);
      continue;
    }
    const fresh = { shelf, callId, decisionId, lines: [data] };
    gathered.push(fresh);
    if (shelf === 'calls') byCall.set(callId, fresh);
  }
  return gathered;
}

function eventsOf({ data }: Row): CallEvent[] {
  return data.split('\n').map((line) => JSON.parse(line) as CallEvent);
}

/** Before there were segments everything was in one table of the same columns: it becomes the oldest segment. */
function adoptOldTable(database: DatabaseSync): void {
  const old = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'events'`).get();
  if (!old) return;
  database.exec(`
    DROP INDEX IF EXISTS events_of_calls;
    DROP INDEX IF EXISTS events_by_call;
    DROP INDEX IF EXISTS events_by_decision;
    ALTER TABLE events RENAME TO calls_0;
  `);
}
