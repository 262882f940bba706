import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { YOUNG_MEGABYTES } from '../kit/heap.ts';

/** A thread that has its modules read, which takes longer than all else, and waits until one is missing. */
export class SpareThread {
  readonly #onError: (error: unknown) => void;
  #spare: Worker | null = null;
  #closed = false;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** The spare one, or a new one. */
  take(): Worker {
    const worker = this.#spare ?? this.#start();
    this.#spare = null;
    return worker;
  }

  /** Has one ready from soon on. */
  keep(): void {
    if (this.#closed || this.#spare) return;
    const spare = this.#start();
    this.#spare = spare;
    spare.once('exit', () => {
      if (this.#spare === spare) this.#spare = null;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#spare?.terminate();
  }

  #start(): Worker {
    // The folder that Node was told of holds one for each version of it.
    const versioned = getCompileCacheDir();
    const workerData = { compileCache: versioned === undefined ? null : dirname(versioned) };
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MEGABYTES };
    const script = new URL('./call-worker.ts', import.meta.url);
    const worker = new Worker(script, { name: 'calls', workerData, resourceLimits });
    worker.once('error', this.#onError);
    return worker;
  }
}
