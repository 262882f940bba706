import { Worker } from 'node:worker_threads';
import type { Clock } from '../kit/clock.ts';
import type { Order, Word } from './orders.ts';

/** Megabytes of young objects in the thread: it makes few, and memory it is given stays taken. */
const YOUNG_MEGABYTES = 4;

/** Times in a row that a lost thread is started again. */
const MOST_RESTARTS = 5;

/** Milliseconds before the first of them; twice as long before each further one. */
const RESTART_AFTER = 500;

/** Milliseconds after which a thread that is lost is taken for a new case. */
const LIVED_LONG = 60_000;

export interface WritingThreadParts {
  readonly start: () => Worker;
  readonly clock: Clock;
  readonly onWord: (word: Word) => void;
  /** It is gone, and with it what it had been given; `restarts` tells whether another one comes. */
  readonly onLost: (restarts: boolean) => void;
  /** Another one is there. */
  readonly onRestart: () => void;
  readonly onError: (error: unknown) => void;
}

/** The thread that the journal writes from. One that dies is started again, a few times. */
export class WritingThread {
  readonly #parts: WritingThreadParts;
  #worker: Worker | null = null;
  #startedAt = 0;
  #restarts = 0;
  #everOpen = false;
  #closing = false;
  readonly #opened = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();

  constructor(parts: WritingThreadParts) {
    this.#parts = parts;
    // Whoever does not wait for it hears of a failure through `onError`.
    this.#opened.promise.catch(() => {});
    this.#start();
  }

  /** Resolves when the file is open; rejects when it cannot be. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Whether there is nobody to give orders to now. */
  get isAway(): boolean {
    return this.#worker === null;
  }

  /** False when nobody is there to hear it. */
  order(order: Order): boolean {
    this.#worker?.postMessage(order, []);
    return !this.isAway;
  }

  /** Has everything written that was ordered. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.order({ kind: 'close' })) await this.#over.promise;
  }

  #start(): void {
    const { start, clock, onWord, onError } = this.#parts;
    const worker = start();
    this.#worker = worker;
    this.#startedAt = clock.now();
    worker.on('message', (word: Word) => {
      if (word.kind !== 'open') return onWord(word);
      this.#everOpen = true;
      this.#opened.resolve();
    });
    worker.once('error', (error) => {
      this.#opened.reject(error);
      onError(error);
    });
    worker.once('exit', () => this.#lost());
  }

  #lost(): void {
    const { clock, onLost, onRestart, onError } = this.#parts;
    this.#worker = null;
    if (clock.now() - this.#startedAt >= LIVED_LONG) this.#restarts = 0;
    const again = this.#everOpen && !this.#closing && this.#restarts < MOST_RESTARTS;
    onLost(again);
    if (!again) {
      this.#over.resolve();
      if (this.#everOpen && !this.#closing) onError(new Error('the journal cannot be written any more'));
      return;
    }
    clock.after(RESTART_AFTER * 2 ** this.#restarts, () => {
      if (this.#closing) return;
      this.#start();
      onRestart();
    });
    this.#restarts += 1;
  }
}

/** Starts one that writes to `file`. */
export function startWriter(file: string): Worker {
  return new Worker(new URL('./writer.ts', import.meta.url), {
    name: 'journal',
    workerData: { file },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
}
