// The thread that serves calls begins here: what was compiled for the main thread is not compiled again.
import { enableCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';

const { compileCache } = workerData as { compileCache: string | null };
if (compileCache !== null) enableCompileCache(compileCache);
// Not awaited: the bundle knows no await outside of functions. A fault in it ends the thread.
void import('./serve-calls.ts');
