// The thread that standing calls and spending are written from: to make the disk take them lasts longer than a call may wait.
import { parentPort, workerData } from 'node:worker_threads';
import { firstOf } from '../kit/first.ts';
import { giveWay } from '../kit/priority.ts';
import type { HeldCall } from './held-call.ts';
import { SqliteSpending } from './spending/sqlite-spending.ts';
import { SqliteCalls } from './sqlite-calls.ts';
import type { StateFiles, StateOrder, StateWord } from './state-thread.ts';

/** No more than these wait. */
const MOST_UNSAVED = 100_000;

giveWay();
const files = workerData as StateFiles;
const calls = new SqliteCalls(files.calls);
const spending = new SqliteSpending(files.spending);
/** Changes of standing calls that the disk has not taken: they are written with those that come next. */
const unsaved = new Map<string, HeldCall | null>();
let seenAt = 0;
const say = (word: StateWord | { readonly kind: 'open' }): void => parentPort?.postMessage(word, []);

parentPort?.on('message', (order: StateOrder | { readonly kind: 'close' }) => {
  if (order.kind === 'close') {
    if (unsaved.size > 0) trySaving(() => saveCalls([], seenAt), 'calls');
    calls.close();
    spending.close();
    return parentPort?.close();
  }
  trySaving(() => {
    if (order.kind === 'calls') saveCalls(order.changes, order.seen);
    else spending.save(order.changes);
  }, order.kind);
});
say({ kind: 'open' });

function trySaving(save: () => void, what: StateOrder['kind']): void {
  try {
    save();
  } catch (error) {
    say({ kind: 'failed', message: `${what} could not be kept: ${String(error)}` });
  }
}

function saveCalls(changes: Parameters<SqliteCalls['save']>[0], seen: number): void {
  seenAt = seen;
  for (const [key, call] of changes) {
    // In the order of the changes.
    unsaved.delete(key);
    unsaved.set(key, call);
  }
  for (const key of firstOf(unsaved.keys(), unsaved.size - MOST_UNSAVED)) unsaved.delete(key);
  calls.save([...unsaved], seen);
  unsaved.clear();
}
