import assert from 'node:assert/strict';
import fs, { statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ledgerContract } from '../../test/contract/ledger.ts';
import { ManualClock } from '../kit/clock.ts';
import { commitRequest, type CommitRequest } from './commit-request.ts';
import type { Ledger } from './ledger.ts';
import { LedgerUnavailable, openDatabase } from './sqlite-open.ts';
import { prepareStore } from './sqlite-store.ts';
import { openSqliteLedger } from './sqlite.ts';

const author = { actor: 'alice', dialect: 'acme', operation: 'PutThing', requestId: 'request-1' };
const write = { key: { dialect: 'acme', kind: 'thing', id: 'a' }, body: { n: 1 } };

ledgerContract('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-ledger-'));
  return {
    open: async (onError) => openSqliteLedger({ file: join(folder, 'ledger.db'), clock: new ManualClock(), onError }),
    remove: () => rm(folder, { recursive: true }),
  };
});

describe('sqlite file', () => {
  let folder = '';
  let count = 0;
  const newFile = (): string => join(folder, `${(count += 1)}.db`);
  const open = (file: string): Ledger => openSqliteLedger({ file, clock: new ManualClock(1_700_000_000_000) });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-ledger-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('a revision carries the time of the clock', async () => {
    const ledger = open(':memory:');
    await ledger.commit(author, [write]);
    assert.equal((await ledger.revisionsAfter(0, 1))[0]?.at, 1_700_000_000_000);
    await ledger.close();
  });

  test('is held against a second ledger until it is closed', async () => {
    const file = newFile();
    const first = open(file);
    assert.throws(
      () => open(file),
      (error) => error instanceof LedgerUnavailable && error.message.includes(file),
    );
    await first.commit(author, [write]);
    await first.close();
    const second = open(file);
    assert.equal(await second.revision(), 1);
    await second.close();
  });

  test('can be read by another program meanwhile', async () => {
    const file = newFile();
    const ledger = open(file);
    await ledger.commit(author, [write]);
    const reader = new DatabaseSync(file, { readOnly: true });
    assert.equal(reader.prepare('SELECT body FROM documents').get()?.['body'], '{"n":1}');
    reader.exec('BEGIN');
    assert.equal(reader.prepare('SELECT count(*) AS n FROM revisions').get()?.['n'], 1);
    assert.equal(await ledger.commit(author, [{ ...write, body: { n: 2 } }]), 2);
    reader.close();
    await ledger.close();
  });

  test('a transaction that cannot begin fails its commits, and later ones go through', async () => {
    const file = newFile();
    const ledger = open(file);
    const meddler = new DatabaseSync(file);
    meddler.exec('BEGIN IMMEDIATE');
    await assert.rejects(ledger.commit(author, [write]), /locked/);
    meddler.close();
    assert.equal(await ledger.commit(author, [write]), 1);
    await ledger.close();
  });

  test('a statement that fails undoes its own commit only', async () => {
    const file = newFile();
    const ledger = open(file);
    const meddler = new DatabaseSync(file);
    meddler.exec(
      `CREATE TRIGGER refuse BEFORE INSERT ON documents WHEN new.id = 'bad' BEGIN SELECT raise(ABORT, 'bad'); END`,
    );
    meddler.close();
    const bad = { key: { ...write.key, id: 'bad' }, body: {} };
    const results = await Promise.allSettled([
      ledger.commit(author, [{ ...write, body: { n: 1 } }]),
      ledger.commit(author, [{ ...write, body: { n: 2 } }, bad]),
      ledger.commit(author, [{ ...write, body: { n: 3 } }]),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const changes = (await ledger.revisionsAfter(0, 10)).map(({ number, changes: [change] }) => [
      number,
      change?.before,
      change?.after,
    ]);
    assert.deepEqual(changes, [
      [1, null, { n: 1 }],
      [2, { n: 1 }, { n: 3 }],
    ]);
    await ledger.close();
  });

  test('that cannot grow refuses a whole transaction, and takes the next that fits', () => {
    const { database, close } = openDatabase(newFile());
    const store = prepareStore(database);
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 20}`);
    const request = (id: string, size: number): CommitRequest =>
      commitRequest(author, [{ key: { ...write.key, id }, body: { text: 'x'.repeat(size) } }], []);
    assert.throws(() => store.commitTogether([request('small', 10), request('huge', 1_000_000)], 0), /disk is full/);
    assert.equal(store.newest(), 0);
    const [outcome] = store.commitTogether([request('small', 10)], 0);
    assert.ok(outcome && 'made' in outcome);
    assert.equal(outcome.newest, 1);
    close();
  });

  /** A ledger whose syncs end as they are told to, one after the other. */
  const openOnSlowDisk = (): { ledger: Ledger; endSync: (error: Error | null) => Promise<void> } => {
    const syncs: ((error: Error | null) => void)[] = [];
    const slow = mock.method(fs, 'fdatasync', (_file: number, done: (error: Error | null) => void) => syncs.push(done));
    syncBuiltinESMExports();
    const ledger = open(newFile());
    slow.mock.restore();
    syncBuiltinESMExports();
    const endSync = async (error: Error | null): Promise<void> => {
      while (syncs.length === 0) await turn();
      syncs.shift()?.(error);
    };
    return { ledger, endSync };
  };

  test('acknowledges nothing and tells nobody before it is on the disk', async () => {
    const { ledger, endSync } = openOnSlowDisk();
    const events: string[] = [];
    ledger.follow(({ number }) => void events.push(`told of ${number}`));
    const first = ledger.commit(author, [write]).then(() => events.push('first'));
    while (!(await ledger.get(write.key))) await turn();
    const second = ledger.commit(author, [{ ...write, body: { n: 2 } }]).then(() => events.push('second'));
    while ((await ledger.revision()) < 2) await turn();
    assert.deepEqual(events, []);
    await endSync(null);
    await first;
    // The other was written while that sync ran, which may not have taken it.
    assert.deepEqual(events, ['told of 1', 'first']);
    const closed = ledger.close();
    await endSync(null);
    await Promise.all([second, closed]);
    assert.deepEqual(events, ['told of 1', 'first', 'told of 2', 'second']);
  });

  test('on a disk that failed takes nothing any more', async () => {
    const { ledger, endSync } = openOnSlowDisk();
    const told: number[] = [];
    ledger.follow(({ number }) => void told.push(number));
    const first = assert.rejects(ledger.commit(author, [write]), /disk failed/);
    await endSync(new Error('EIO'));
    await first;
    await assert.rejects(ledger.commit(author, [{ ...write, body: { n: 2 } }]), /disk failed/);
    assert.equal(await ledger.revision(), 1);
    assert.deepEqual(told, []);
    await ledger.close();
  });

  test('is readable by its owner only', { skip: process.platform === 'win32' }, async () => {
    const file = newFile();
    const ledger = open(file);
    await ledger.commit(author, [write]);
    for (const suffix of ['', '-wal', '-shm', '.lock']) assert.equal(statSync(file + suffix).mode & 0o077, 0, suffix);
    await ledger.close();
  });

  test('of a newer schema is refused with a clear word and left as it is', async () => {
    const file = newFile();
    await open(file).close();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    assert.throws(
      () => open(file),
      (error) => error instanceof LedgerUnavailable && /schema 99.*newer/.test(error.message),
    );
    const again = new DatabaseSync(file);
    assert.equal(again.prepare('PRAGMA user_version').get()?.['user_version'], 99);
    again.exec('PRAGMA user_version = 1');
    again.close();
    await open(file).close();
  });

  test('that is no database is refused, and released', () => {
    const file = newFile();
    writeFileSync(file, 'a shopping list\n'.repeat(100));
    assert.throws(() => open(file), /not a database/);
    assert.throws(() => open(file), /not a database/);
  });

  test('in a folder that does not exist is an error', () => {
    assert.throws(() => open(join(folder, 'nowhere', 'ledger.db')), /ENOENT/);
  });
});
