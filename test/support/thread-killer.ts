// Preloaded into a gate: SIGUSR2 ends the thread that serves calls, as a fault in it would.
import { isMainThread, type Worker } from 'node:worker_threads';

if (isMainThread) {
  // The first serves, what comes after it is spare.
  const workers = new Set<Worker>();
  process.on('worker', (worker: Worker) => {
    if (worker.threadName !== 'calls') return;
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  process.on('SIGUSR2', () => void [...workers][0]?.terminate());
}
