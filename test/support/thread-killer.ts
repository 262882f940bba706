// Preloaded into a gate: SIGUSR2 ends the thread that serves calls, as a fault in it would.
import { isMainThread, type Worker } from 'node:worker_threads';

if (isMainThread) {
  let serving: Worker | null = null;
  process.on('worker', (worker: Worker) => {
    if (worker.threadName === 'calls') serving = worker;
  });
  process.on('SIGUSR2', () => void serving?.terminate());
}
