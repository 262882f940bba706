import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/kit/clock.ts';
import type { JsonObject, Ledger } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';

const WRITER = join(import.meta.dirname, '..', 'support', 'ledger-writer.ts');

/** After how many acknowledged commits each writer is killed: some at once, some after the log was folded in. */
const KILLS = [1, 1, 2, 3, 5, 7, 8, 9, 13, 16, 17, 24, 31, 40, 57, 64, 90, 128, 150, 200, 256, 300, 1, 400];

const PAGE = 500;

/** One acknowledged commit: its revision, and the id of the document that only it wrote. */
interface Acknowledged {
  readonly number: number;
  readonly id: string;
}

/** Runs a writer, kills it without warning once it has acknowledged `enough` commits, and returns all it acknowledged. */
async function writeUntilKilled(file: string, enough: number): Promise<Acknowledged[]> {
  const writer = spawn(process.execPath, [WRITER, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  writer.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > enough) writer.kill('SIGKILL');
  });
  const [, signal] = (await once(writer, 'close')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL', complaint);
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [number, id = ''] = line.split(' ');
    return { number: Number(number), id };
  });
}

/** Asserts that revisions after `from` have no gaps and whole, chained changes; returns the number of the last. */
async function assertWholeHistory(ledger: Ledger, from: number): Promise<number> {
  let last = from;
  for (;;) {
    const page = await ledger.revisionsAfter(last, PAGE);
    for (const { number, requestId, changes } of page) {
      assert.equal(number, last + 1);
      const count = Number(requestId);
      assert.deepEqual(
        changes.map(({ key, after }) => [key.id, after?.['count']]),
        [
          ['left', count],
          ['right', count],
          [requestId, count],
        ],
      );
      last = number;
    }
    if (page.length < PAGE) return last;
  }
}

/** The documents that the whole history amounts to. */
async function replay(ledger: Ledger): Promise<Map<string, JsonObject>> {
  const documents = new Map<string, JsonObject>();
  for (let last = 0; ;) {
    const page = await ledger.revisionsAfter(last, PAGE);
    for (const { key, before, after } of page.flatMap(({ changes }) => changes)) {
      assert.deepEqual(documents.get(`${key.kind}/${key.id}`) ?? null, before);
      if (after) documents.set(`${key.kind}/${key.id}`, after);
    }
    last = page.at(-1)?.number ?? last;
    if (page.length < PAGE) return documents;
  }
}

test('every acknowledged write survives kill -9, and nothing is left half written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-kill-'));
  const file = join(folder, 'ledger.db');
  let last = 0;
  for (const enough of KILLS) {
    const acknowledged = await writeUntilKilled(file, enough);
    assert.ok(acknowledged.length >= enough);
    const ledger = openSqliteLedger({ file, clock: systemClock });
    last = await assertWholeHistory(ledger, last);
    assert.equal(await ledger.revision(), last);
    for (const { number, id } of acknowledged) {
      assert.equal((await ledger.get({ dialect: 'acme', kind: 'acknowledged', id }))?.revision, number);
    }
    await ledger.close();
  }

  const ledger = openSqliteLedger({ file, clock: systemClock });
  const expected = await replay(ledger);
  const kinds = ['acknowledged', 'half'].map((kind) => ledger.list({ dialect: 'acme', kind }));
  const found = (await Promise.all(kinds)).flat();
  assert.deepEqual(new Map(found.map(({ kind, id, body }) => [`${kind}/${id}`, body])), expected);
  await ledger.close();
  await rm(folder, { recursive: true });
});
