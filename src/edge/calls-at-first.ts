import { firstOf } from '../kit/first.ts';
import { FIRST, type Peers } from '../kit/peers.ts';
import { ThreadLost } from '../kit/remote.ts';
import type { HeldCall } from './held-call.ts';
import { readCalls } from './sqlite-calls.ts';
import type { CallStore } from './standing-calls.ts';

/** What one thread asks another to save: the arguments of `save`. */
export interface SavedCalls {
  readonly changes: Parameters<CallStore['save']>[0];
  readonly seen: number;
}

/** The topic of it. */
export const SAVED_CALLS = 'standing-calls';

/** Calls that FIRST is asked to save at once. */
const CALLS_AT_ONCE = 100;

/** The store of a thread that is not FIRST, which writes for all. What it could not take it is given again. */
export class CallsAtFirst implements CallStore {
  readonly #file: string;
  readonly #peers: Peers;
  readonly #onError: (error: unknown) => void;
  /** What FIRST has not taken; no more than there are calls, and those that ended since. */
  readonly #unsaved = new Map<string, { readonly call: HeldCall | null }>();
  #seen = 0;
  #asking: Promise<void> | null = null;

  constructor(parts: { file: string; peers: Peers; onError: (error: unknown) => void }) {
    this.#file = parts.file;
    this.#peers = parts.peers;
    this.#onError = parts.onError;
    parts.peers.onJoined((thread) => {
      if (thread === FIRST && this.#unsaved.size > 0) this.#ask();
    });
  }

  load(): ReturnType<CallStore['load']> {
    return readCalls(this.#file);
  }

  save(changes: SavedCalls['changes'], seen: number): void {
    for (const [key, call] of changes) this.#unsaved.set(key, { call });
    this.#seen = seen;
    this.#ask();
  }

  close(): void {}

  /** Resolves when FIRST has taken what was saved, or is not there to. */
  async settled(): Promise<void> {
    await this.#asking;
  }

  #ask(): void {
    this.#asking ??= this.#askForAll();
  }

  async #askForAll(): Promise<void> {
    try {
      do await this.#askForSome();
      while (this.#unsaved.size > 0);
    } catch (error) {
      // It is tried again when the next is saved, or another FIRST is there.
      if (!(error instanceof ThreadLost)) this.#onError(error);
    } finally {
      this.#asking = null;
    }
  }

  async #askForSome(): Promise<void> {
    const some = firstOf(this.#unsaved, CALLS_AT_ONCE);
    const changes = some.map(([key, { call }]) => [key, call] as const);
    await this.#peers.ask(FIRST, SAVED_CALLS, { changes, seen: this.#seen } satisfies SavedCalls);
    // What changed meanwhile is still to be saved.
    for (const [key, saved] of some) if (this.#unsaved.get(key) === saved) this.#unsaved.delete(key);
  }
}
