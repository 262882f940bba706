import { Recent } from '../../kit/recent.ts';

/** How much of something, within which time, is too much. */
export interface Threshold {
  readonly count: number;
  /** Milliseconds. */
  readonly within: number;
}

/** Counts what keys did lately, exactly, in bounded room; the key that was quiet longest is forgotten first. */
export class Evidence {
  readonly #times: Recent<string, number[]>;

  constructor(capacity: number) {
    this.#times = new Recent(capacity);
  }

  /** Notes one more at `now`, or as many as `times` says, and tells whether the threshold is reached. */
  add(key: string, now: number, { count, within }: Threshold, times = 1): boolean {
    const recent = (this.#times.get(key) ?? []).filter((time) => time > now - within);
    for (let more = Math.min(times, count); more > 0; more -= 1) recent.push(now);
    // More than the threshold need not be remembered.
    this.#times.set(key, recent.slice(-count));
    return recent.length >= count;
  }

  forget(key: string): void {
    this.#times.delete(key);
  }
}
