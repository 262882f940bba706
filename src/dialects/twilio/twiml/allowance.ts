import type { Clock } from '../../../kit/clock.ts';

/** Documents that a call may fetch in one go, and how many a second come back: a script that only redirects ends soon. */
const MOST_AT_ONCE = 25;
const PER_SECOND = 0.5;

/** How many documents a call may still fetch. */
export class Allowance {
  readonly #clock: Clock;
  #left = MOST_AT_ONCE;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** Takes one; false when there is none. */
  take(): boolean {
    const now = this.#clock.now();
    this.#left = Math.min(MOST_AT_ONCE, this.#left + Math.max(0, (now - this.#at) / 1000) * PER_SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
