import type { DatabaseSync } from 'node:sqlite';
import { NO_CALL, type CallEvent } from './event.ts';
import { printLine, type Shelf } from './line.ts';

/** Rows taken over in one go. */
const ROWS_AT_ONCE = 500;

/** Tables such as `calls_7`, of one row for each call, as they were before there were blocks. */
const TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*_[0-9]*'`;

/** Hands the rows of an older journal over as lines, oldest first, and drops them; within a transaction. */
export function adoptOldRows(database: DatabaseSync, add: (lines: readonly string[]) => void): void {
  const tables = database
    .prepare(TABLES)
    .all()
    .map((row) => String(row['name']));
  if (tables.length === 0) return;
  const all = tables
    .map((table) => `SELECT '${shelfOf(table)}' AS shelf, sequence, data FROM ${table}`)
    .join(' UNION ALL ');
  const some = database.prepare(`SELECT * FROM (${all}) WHERE sequence > ? ORDER BY sequence LIMIT ${ROWS_AT_ONCE}`);
  for (let after = 0, rows = some.all(after); rows.length > 0; rows = some.all(after)) {
    add(
      rows.flatMap((row) =>
        String(row['data'])
          .split('\n')
          .map((data) => lineOf(String(row['shelf']) as Shelf, data)),
      ),
    );
    after = Number(rows.at(-1)?.['sequence']);
  }
  for (const table of tables) database.exec(`DROP TABLE ${table}`);
}

function shelfOf(table: string): string {
  return table.slice(0, table.lastIndexOf('_'));
}

function lineOf(shelf: Shelf, data: string): string {
  const event = JSON.parse(data) as CallEvent;
  const callId = event.kind === 'registration' ? NO_CALL : event.callId;
  return printLine({ shelf, callId, decisionId: 'decision' in event ? event.decision.id : '', data });
}
