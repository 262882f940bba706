/** Milliseconds over which starts are counted. */
const WINDOW = 1000;

/** Counts the calls that each trunk started within the last second, exactly: a sliding window of start times. */
export class CallRate {
  readonly #starts = new Map<string, number[]>();

  /** Starts of the trunk in the second before `now` (milliseconds). */
  count(trunk: string, now: number): number {
    const starts = this.#starts.get(trunk);
    if (!starts) return 0;
    const expired = starts.findIndex((start) => start > now - WINDOW);
    if (expired < 0) {
      this.#starts.delete(trunk);
      return 0;
    }
    if (expired > 0) starts.splice(0, expired);
    return starts.length;
  }

  /** Notes a start. */
  add(trunk: string, now: number): void {
    const starts = this.#starts.get(trunk);
    if (starts) starts.push(now);
    else this.#starts.set(trunk, [now]);
  }
}
