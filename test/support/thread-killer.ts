// Preloaded into a gate: SIGUSR2 ends a thread that serves calls, as a fault in it would: the first of them, or KILL_THREAD.
import { isMainThread, type Worker } from 'node:worker_threads';

if (isMainThread) {
  // Those that serve were started first, what comes after them is spare.
  const workers = new Set<Worker>();
  process.on('worker', (worker: Worker) => {
    if (worker.threadName !== 'calls') return;
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  process.on('SIGUSR2', () => void [...workers][Number(process.env['KILL_THREAD'] ?? 0)]?.terminate());
}
