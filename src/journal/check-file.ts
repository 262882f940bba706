import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { naming } from '../kit/own-sqlite.ts';

/** Makes the journal's file if there is none, and throws when it cannot be written or is no database. */
export function checkFile(file: string): void {
  naming(file, () => {
    // Who calls whom is nobody else's business; the database's side files take over its mode.
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      database.prepare('PRAGMA schema_version').get();
    } finally {
      database.close();
    }
  });
}
