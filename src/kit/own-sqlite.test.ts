import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteBindings } from '../edge/registrar/sqlite-bindings.ts';
import { BanFile } from '../journal/bans.ts';
import { openSqliteLedger } from '../ledger/sqlite.ts';
import { systemClock } from './clock.ts';

const onError = (): void => {};

const OPENED: Readonly<Record<string, (file: string) => { close(): unknown }>> = {
  ledger: (file) => openSqliteLedger({ file, clock: systemClock }),
  registrations: (file) => new SqliteBindings(file),
  bans: (file) => new BanFile({ file, clock: systemClock, onError }),
};

for (const [name, open] of Object.entries(OPENED))
  test(`the file of ${name} is for its owner only, and named where it is no database`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-own-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, `${name}.db`);
    const opened = open(file);
    for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(file + suffix).mode & 0o77, 0, suffix);
    await opened.close();
    writeFileSync(file, 'x'.repeat(5000));
    assert.throws(() => open(file), { message: `${file} cannot be used: file is not a database` });
  });
