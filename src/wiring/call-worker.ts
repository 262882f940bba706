// The thread that serves calls begins here: what was compiled for the main thread is not compiled again.
import { enableCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';

if ((workerData as { compileCache: boolean }).compileCache) enableCompileCache();
await import('./serve-calls.ts');
