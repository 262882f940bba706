import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Rows of one segment: few enough that its indexes stay in the page cache, wherever the next row belongs in them. */
const SEGMENT_ROWS = 50_000;

/** One row: what happened to one call in one batch. */
export interface Row {
  /** Rises over all tables of the journal. */
  readonly sequence: number;
  readonly callId: string;
  /** Events as JSON, one a line, oldest first. */
  readonly data: string;
}

interface Segment {
  readonly table: string;
  readonly insert: StatementSync;
  readonly byCall: StatementSync;
  readonly byDecision: StatementSync;
  readonly newest: StatementSync;
  rows: number;
}

/**
 * A table in segments. Rows go into the newest; when it is full another begins, and the oldest goes as a whole. So a
 * write costs the same however much is held, which one large index would not do, and nothing is deleted row by row.
 */
export class Segments {
  readonly #database: DatabaseSync;
  readonly #name: string;
  readonly #most: number;
  readonly #rows: number;
  /** Oldest first. */
  readonly #segments: Segment[];
  #number: number;

  /** Opens the segments that are there; `most` is how many are held, of so many `rows` each. */
  constructor(database: DatabaseSync, name: string, most: number, rows = SEGMENT_ROWS) {
    this.#database = database;
    this.#name = name;
    this.#most = most;
    this.#rows = rows;
    const numbers = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ?`)
      .all(`${name}_[0-9]*`)
      .map((row) => Number(String(row['name']).slice(name.length + 1)))
      .sort((a, b) => a - b);
    this.#segments = numbers.map((number) => this.#open(number));
    this.#number = numbers.at(-1) ?? 0;
  }

  /** The sequence of the newest row; 0 when there is none. */
  get last(): number {
    return this.newest(Number.MAX_SAFE_INTEGER, 1)[0]?.sequence ?? 0;
  }

  insert({ sequence, callId, data }: Row, decisionId: string): void {
    let segment = this.#segments.at(-1);
    if (!segment || segment.rows >= this.#rows) segment = this.#begin();
    segment.insert.run(sequence, callId, decisionId === '' ? null : decisionId, data);
    segment.rows += 1;
  }

  /** The rows of one call. */
  ofCall(callId: string): Row[] {
    return this.#segments.flatMap(({ byCall }) => byCall.all(callId).map(rowOf));
  }

  /** The row that holds a decision. */
  ofDecision(decisionId: string): Row | undefined {
    for (const { byDecision } of this.#segments.toReversed()) {
      const row = byDecision.get(decisionId);
      if (row) return rowOf(row);
    }
    return undefined;
  }

  /** Rows before `before`, newest first. */
  newest(before: number, limit: number): Row[] {
    const rows: Row[] = [];
    for (const { newest } of this.#segments.toReversed()) {
      if (rows.length >= limit) break;
      rows.push(...newest.all(before, limit - rows.length).map(rowOf));
    }
    return rows;
  }

  #begin(): Segment {
    const oldest = this.#segments.length >= this.#most ? this.#segments.shift() : undefined;
    if (oldest) this.#database.exec(`DROP TABLE ${oldest.table}`);
    this.#number += 1;
    const segment = this.#open(this.#number);
    this.#segments.push(segment);
    return segment;
  }

  #open(number: number): Segment {
    const table = `${this.#name}_${number}`;
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS ${table} (
        sequence INTEGER PRIMARY KEY, call_id TEXT NOT NULL, decision_id TEXT, data TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS ${table}_by_call ON ${table} (call_id) WHERE call_id <> '';
      CREATE INDEX IF NOT EXISTS ${table}_by_decision ON ${table} (decision_id) WHERE decision_id IS NOT NULL;
    `);
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
    const columns = `SELECT sequence, call_id, data FROM ${table}`;
    return {
      table,
      insert: prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?)`),
      byCall: prepare(`${columns} WHERE call_id = ? AND call_id <> '' ORDER BY sequence`),
      byDecision: prepare(`${columns} WHERE decision_id = ?`),
      newest: prepare(`${columns} WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`),
      rows: Number(prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get()?.['rows']),
    };
  }
}

function rowOf(row: Record<string, unknown>): Row {
  return { sequence: Number(row['sequence']), callId: String(row['call_id']), data: String(row['data']) };
}
