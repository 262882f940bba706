/** Parts that a window is counted in: what is told is this much too high at most. */
const SLICES = 32;

/** Counts what happened within a sliding window, in constant room. */
export class WindowCount {
  readonly #slices = Array.from({ length: SLICES }, () => 0);
  /** Milliseconds of one slice. */
  readonly #width: number;
  /** The newest slice, counted from the epoch. */
  #newest = 0;
  #sum = 0;

  /** `seconds`: length of the window. */
  constructor(seconds: number) {
    this.#width = (seconds * 1000) / (SLICES - 1);
  }

  add(now: number): void {
    this.#turn(now);
    this.#slices[this.#newest % SLICES] = (this.#slices[this.#newest % SLICES] ?? 0) + 1;
    this.#sum += 1;
  }

  count(now: number): number {
    this.#turn(now);
    return this.#sum;
  }

  /** Empties the slices that time has passed. */
  #turn(now: number): void {
    const newest = Math.floor(now / this.#width);
    // The clock was set back by more than the window: nothing would leave it until the clock has caught up.
    const isSetBack = this.#newest - newest >= SLICES;
    const passed = isSetBack ? SLICES : Math.min(newest - this.#newest, SLICES);
    for (let step = 1; step <= passed; step += 1) {
      const index = (this.#newest + step) % SLICES;
      this.#sum -= this.#slices[index] ?? 0;
      this.#slices[index] = 0;
    }
    if (passed >= SLICES) {
      this.#slices.fill(0);
      this.#sum = 0;
    }
    if (newest > this.#newest || isSetBack) this.#newest = newest;
  }
}
