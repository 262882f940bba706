// Commits to the ledger file named by its argument until it is killed, and prints each revision once it is acknowledged.
import { systemClock } from '../../src/kit/clock.ts';
import type { Write } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';

/** Callers at once, so that some commits share a transaction. */
const CALLERS = 8;

/** Large enough that the write-ahead log is folded into the database many times in one run (bytes). */
const PADDING = 4000;

const [file = ''] = process.argv.slice(2);
const ledger = openSqliteLedger({ file, clock: systemClock });
let count = await ledger.revision();

async function writeOn(): Promise<never> {
  for (;;) {
    count += 1;
    const body = { count, padding: 'x'.repeat(PADDING) };
    const pair = ['left', 'right'].map((id): Write => ({ key: { dialect: 'acme', kind: 'half', id }, body }));
    const own: Write = { key: { dialect: 'acme', kind: 'acknowledged', id: `${count}` }, body: { count } };
    const author = { actor: 'writer', dialect: 'acme', operation: 'Write', requestId: `${count}` };
    const number = await ledger.commit(author, [...pair, own]);
    process.stdout.write(`${number} ${own.key.id}\n`);
  }
}

await Promise.all(Array.from({ length: CALLERS }, writeOn));
