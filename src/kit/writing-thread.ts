import { Worker } from 'node:worker_threads';
import type { Clock } from './clock.ts';

/** Megabytes of young objects in the thread: it makes few, and memory it is given stays taken. */
const YOUNG_MEGABYTES = 2;

/** Times in a row that a lost thread is started again. */
const MOST_RESTARTS = 5;

/** Milliseconds before the first of them; twice as long before each further one. */
const RESTART_AFTER = 500;

/** Milliseconds after which a thread that is lost is taken for a new case. */
const LIVED_LONG = 60_000;

export interface WritingThreadParts<Word> {
  readonly start: () => Worker;
  readonly clock: Clock;
  /** Everything that it says, but `open`. */
  readonly onWord: (word: Word) => void;
  /** It is gone, and with it what it had been given; `restarts` tells whether another one comes. */
  readonly onLost: (restarts: boolean) => void;
  /** Another one is there. */
  readonly onRestart: () => void;
  readonly onError: (error: unknown) => void;
}

/** A thread that writes to the disk, so that no call waits for it. One that dies is started again, a few times. */
export class WritingThread<Order, Word> {
  readonly #parts: WritingThreadParts<Word>;
  #worker: Worker | null = null;
  #startedAt = 0;
  #restarts = 0;
  #everOpen = false;
  #closing = false;
  readonly #over = Promise.withResolvers<void>();

  constructor(parts: WritingThreadParts<Word>) {
    this.#parts = parts;
    this.#start();
  }

  /** Whether there is nobody to give orders to now. */
  get isAway(): boolean {
    return this.#worker === null;
  }

  /** False when nobody is there to hear it. `handed`: buffers in it that are handed over, not copied. */
  order(order: Order | { readonly kind: 'close' }, handed: ArrayBuffer[] = []): boolean {
    this.#worker?.postMessage(order, handed);
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
    worker.on('message', (word: Word | { readonly kind: 'open' }) => {
      if (!isOpening(word)) return onWord(word);
      this.#everOpen = true;
    });
    worker.once('error', onError);
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
      if (this.#everOpen && !this.#closing) onError(new Error('a thread that writes died too often'));
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

function isOpening(word: unknown): word is { readonly kind: 'open' } {
  return (word as { kind?: unknown }).kind === 'open';
}

/** Starts one; `script` says `open` when it is ready, and ends when it is told to close. */
export function startThread(script: URL, name: string, workerData: unknown): Worker {
  return new Worker(script, { name, workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES } });
}
