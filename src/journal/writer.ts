// The thread that the journal writes from: a commit of thousands of events takes longer than a call may wait.
import { parentPort, workerData } from 'node:worker_threads';
import type { Order, Question, Word } from './orders.ts';
import { JournalStore } from './store.ts';

const store = new JournalStore((workerData as { file: string }).file);
const say = (word: Word | { readonly kind: 'open' }): void => parentPort?.postMessage(word, []);

function answer(question: Question): unknown {
  switch (question.of) {
    case 'call':
      return store.call(question.callId);
    case 'calls':
      return store.calls(question);
    case 'decision':
      return store.decision(question.id);
    case 'counts':
      return store.counts(question.limit);
    case 'decided':
      return store.decided(question);
    case 'heartbeat':
      return store.heartbeat(question.trunk);
  }
}

function write(order: Order & { kind: 'write' }): Word {
  try {
    store.write(order.lines === '' ? [] : order.lines.split('\n'), order.beats);
    return { kind: 'written', lost: false };
  } catch {
    // A full disk costs the journal its newest events, never a call.
    return { kind: 'written', lost: true };
  }
}

function read({ id, question }: Order & { kind: 'read' }): Word {
  try {
    return { kind: 'answer', id, value: answer(question) };
  } catch (error) {
    return { kind: 'failed', id, message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (order: Order | { readonly kind: 'close' }) => {
  if (order.kind === 'write') return say(write(order));
  if (order.kind === 'read') return say(read(order));
  store.close();
  return parentPort?.close();
});
say({ kind: 'open' });
