import type { Worker } from 'node:worker_threads';
import type { Clock } from '../kit/clock.ts';
import { ALONE, type Peers } from '../kit/peers.ts';
import { startThread, WritingThread } from '../kit/writing-thread.ts';
import { SAVED_CALLS, type SavedCalls } from './calls-at-first.ts';
import type { SpendingStore } from './spending/spending.ts';
import { SqliteSpending } from './spending/sqlite-spending.ts';
import { SqliteCalls } from './sqlite-calls.ts';
import type { CallStore } from './standing-calls.ts';

/** Where each is kept. */
export interface StateFiles {
  readonly calls: string;
  readonly spending: string;
}

/** What the thread is to write. */
export type StateOrder =
  | { readonly kind: 'calls'; readonly changes: Parameters<CallStore['save']>[0]; readonly seen: number }
  | { readonly kind: 'spending'; readonly changes: Parameters<SpendingStore['save']>[0] };

/** What it could not. */
export interface StateWord {
  readonly kind: 'failed';
  readonly message: string;
}

interface StateThreadParts extends StateFiles {
  readonly clock: Clock;
  readonly start?: (files: StateFiles) => Worker;
  /** The other threads that serve calls: what they save is written here, too. */
  readonly peers?: Peers;
  readonly onError: (error: unknown) => void;
}

/** Keeps standing calls and spending on disk: reads at once, and writes from a thread of its own, which the first write starts. */
export class StateThread {
  readonly #parts: StateThreadParts;
  #thread: WritingThread<StateOrder, StateWord> | null = null;

  constructor(parts: StateThreadParts) {
    this.#parts = parts;
    const { peers = ALONE } = parts;
    peers.on(SAVED_CALLS, ({ changes, seen }: SavedCalls) => this.#order({ kind: 'calls', changes, seen }));
  }

  /** Closed with the thread. */
  get calls(): CallStore {
    return {
      load: () => loadOf(new SqliteCalls(this.#parts.calls), (store) => store.load()),
      save: (changes, seen) => this.#order({ kind: 'calls', changes, seen }),
      close: () => {},
    };
  }

  /** Likewise. */
  get spending(): SpendingStore {
    return {
      load: () => loadOf(new SqliteSpending(this.#parts.spending), (store) => [...store.load()]),
      save: (changes) => this.#order({ kind: 'spending', changes }),
      close: () => {},
    };
  }

  /** Has everything written that was saved. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  #order(order: StateOrder): void {
    const { clock, start = startStateWriter, onError, calls, spending } = this.#parts;
    this.#thread ??= new WritingThread<StateOrder, StateWord>({
      start: () => start({ calls, spending }),
      clock,
      onWord: ({ message }) => onError(new Error(message)),
      onLost: () => {},
      onRestart: () => {},
      onError,
    });
    if (!this.#thread.order(order)) throw new Error(`${order.kind} are not kept for now`);
  }
}

function startStateWriter({ calls, spending }: StateFiles): Worker {
  return startThread(new URL('./state-writer.ts', import.meta.url), 'state', { calls, spending });
}

function loadOf<Store extends { close(): void }, Value>(store: Store, load: (store: Store) => Value): Value {
  try {
    return load(store);
  } finally {
    store.close();
  }
}
