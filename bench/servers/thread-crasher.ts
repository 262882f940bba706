// Preloaded into a gate, in all of its threads: SIGUSR2 has a fault thrown in one that serves calls, which ends it. It is
// the one that was started first, so that two of them end in turns.
import { isMainThread, postMessageToThread, type Worker } from 'node:worker_threads';

if (isMainThread) {
  const workers = new Set<Worker>();
  process.on('worker', (worker: Worker) => {
    if (worker.threadName !== 'calls') return;
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  process.on('SIGUSR2', () => {
    const [first] = workers;
    if (first) void postMessageToThread(first.threadId, 'crash');
  });
} else
  process.on('workerMessage', () => {
    // Later, since what is thrown here goes back to who told it.
    setImmediate(() => {
      throw new Error('a fault that the benchmark asked for');
    });
  });
