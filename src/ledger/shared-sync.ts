/**
 * Brings to the disk what was written to a file, once at a time: all who ask while that is under way share the next.
 * Once it has failed nothing counts as written any more, since nobody knows what the disk has.
 */
export class SharedSync {
  readonly #sync: () => Promise<void>;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #failure: Error | null = null;

  /** `sync` resolves when all that was written before it was called is on the disk. */
  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Resolves when all that was written until now is on the disk; who asks earlier hears of it earlier. */
  synced(): Promise<void> {
    if (!this.#running) return this.#begin();
    return (this.#next ??= this.#running.then(() => this.#begin()));
  }

  /** Throws if a sync has failed. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  #begin(): Promise<void> {
    this.#next = null;
    this.#running = this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#sync();
    } catch (error) {
      this.#failure = new Error('the disk failed: nothing is written until the next start', { cause: error });
      throw this.#failure;
    }
    if (!this.#next) this.#running = null;
  }
}
