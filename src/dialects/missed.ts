import type { Clock, Timer } from '../kit/clock.ts';
import type { CompiledEntry } from '../rulebook/entry.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';

/** Milliseconds until what failed is tried again; twice as long after each failure. */
const FIRST_RETRY = 1000;

/** Milliseconds between two tries at the most. */
const LONGEST_RETRY = 30_000;

/** Compiles anew what a change is about. */
export type Attempt = () => Promise<readonly CompiledEntry[]>;

/** Changes that the rulebook misses because they could not be compiled; tries them again until they are in force. */
export class Missed {
  readonly #rulebook: Rulebook;
  readonly #clock: Clock;
  readonly #retry: () => void;
  /** By what they are about, so that there are never more than entries. */
  #attempts = new Map<string, Attempt>();
  /** The newest revision with such a change. */
  #revision = -1;
  #pause = FIRST_RETRY;
  #timer: Timer | null = null;

  /** `retry` is asked to have `tryAgain` called in its turn. */
  constructor(rulebook: Rulebook, clock: Clock, retry: () => void) {
    this.#rulebook = rulebook;
    this.#clock = clock;
    this.#retry = retry;
  }

  add(revision: number, name: string, attempt: Attempt): void {
    this.#revision = Math.max(this.#revision, revision);
    this.#attempts.set(name, attempt);
    this.#rulebook.behindSince ??= this.#clock.now();
    this.#timer ??= this.#clock.after(this.#pause, () => this.#retry());
  }

  /** Rejects with the first failure; then the next try comes later. */
  async tryAgain(): Promise<void> {
    this.#timer = null;
    const tried = this.#attempts;
    const results = await Promise.allSettled([...tried.values()].map((attempt) => attempt()));
    const failure = results.find((result) => result.status === 'rejected');
    const { revision } = this.#rulebook;
    this.#rulebook.apply(
      failure ? revision : Math.max(revision, this.#revision),
      results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
    );
    this.#attempts = new Map([...tried].filter((_, index) => results[index]?.status === 'rejected'));
    if (!failure) {
      this.#rulebook.behindSince = null;
      this.#pause = FIRST_RETRY;
      return;
    }
    this.#pause = Math.min(this.#pause * 2, LONGEST_RETRY);
    this.#timer = this.#clock.after(this.#pause, () => this.#retry());
    throw failure.reason;
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
