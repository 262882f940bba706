// The thread that the journal writes from: a commit of thousands of events takes longer than a call may wait.
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../kit/priority.ts';
import type { Order, Question, Word } from './orders.ts';
import { JournalStore } from './store.ts';

giveWay();
const store = new JournalStore((workerData as { file: string }).file);
const say = (word: Word | { readonly kind: 'open' }, handed: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(word, handed);

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

function write({ bytes, beats }: Order & { kind: 'write' }): void {
  const { buffer, byteOffset, length } = bytes;
  let lost = false;
  try {
    store.write(Buffer.from(buffer, byteOffset, length), beats);
  } catch {
    // A full disk costs the journal its newest events, never a call.
    lost = true;
  }
  say({ kind: 'written', lost, bytes }, [buffer]);
}

function read({ id, question }: Order & { kind: 'read' }): Word {
  try {
    return { kind: 'answer', id, value: answer(question) };
  } catch (error) {
    return { kind: 'failed', id, message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (order: Order | { readonly kind: 'close' }) => {
  if (order.kind === 'write') return write(order);
  if (order.kind === 'read') return say(read(order));
  store.close();
  return parentPort?.close();
});
say({ kind: 'open' });
