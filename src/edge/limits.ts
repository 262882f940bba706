/** Milliseconds over which starts are counted. */
const WINDOW = 1000;

/** Counts what started within the last second, exactly: a sliding window of start times. */
export class LastSecond {
  readonly #starts: number[] = [];

  /** Starts in the second before `now` (milliseconds). */
  count(now: number): number {
    // The clock was set back: what it calls the future would count until it comes.
    if ((this.#starts.at(-1) ?? now) > now) this.clear();
    const first = this.#starts.findIndex((start) => start > now - WINDOW);
    if (first !== 0) this.#starts.splice(0, first < 0 ? this.#starts.length : first);
    return this.#starts.length;
  }

  /** Notes a start. */
  add(now: number): void {
    this.count(now);
    this.#starts.push(now);
  }

  clear(): void {
    this.#starts.length = 0;
  }
}

/** Counts the calls that each trunk started within the last second. */
export class CallRate {
  readonly #trunks = new Map<string, LastSecond>();

  /** Starts of the trunk in the second before `now` (milliseconds). */
  count(trunk: string, now: number): number {
    const starts = this.#trunks.get(trunk);
    const count = starts?.count(now) ?? 0;
    if (count === 0) this.#trunks.delete(trunk);
    return count;
  }

  /** Notes a start. */
  add(trunk: string, now: number): void {
    const starts = this.#trunks.get(trunk) ?? new LastSecond();
    starts.add(now);
    this.#trunks.set(trunk, starts);
  }
}
