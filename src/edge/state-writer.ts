// The thread that standing calls and spending are written from: to make the disk take them lasts longer than a call may wait.
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../kit/priority.ts';
import { SqliteSpending } from './spending/sqlite-spending.ts';
import { SqliteCalls } from './sqlite-calls.ts';
import type { StateFiles, StateOrder, StateWord } from './state-thread.ts';

giveWay();
const files = workerData as StateFiles;
const calls = new SqliteCalls(files.calls);
const spending = new SqliteSpending(files.spending);
const say = (word: StateWord | { readonly kind: 'open' }): void => parentPort?.postMessage(word, []);

parentPort?.on('message', (order: StateOrder | { readonly kind: 'close' }) => {
  if (order.kind === 'close') {
    calls.close();
    spending.close();
    return parentPort?.close();
  }
  try {
    if (order.kind === 'calls') calls.save(order.changes, order.seen);
    else spending.save(order.changes);
  } catch (error) {
    say({ kind: 'failed', message: `${order.kind} could not be kept: ${String(error)}` });
  }
});
say({ kind: 'open' });
