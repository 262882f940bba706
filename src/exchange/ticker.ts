import type { Clock, Timer } from '../kit/clock.ts';

/** Milliseconds of audio in a packet, and between two ticks. */
export const TICK_MS = 20;

/** How many missed ticks are made up for after a stall; older ones are left out, as late audio is of no use. */
const MOST_CATCH_UP = 5;

/** Called once every 20 ms; `tick` counts them since the ticker's beginning, so a gap shows as a leap. */
export type TickListener = (tick: number) => void;

/** One 20 ms beat for all streams of a process: a single timer, paced by the clock and so without drift. */
export class Ticker {
  readonly #clock: Clock;
  readonly #origin: number;
  #listeners = new Set<TickListener>();
  #timer: Timer | undefined;
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#origin = clock.now();
  }

  /** How many listeners there are; at none the timer rests. */
  get size(): number {
    return this.#listeners.size;
  }

  add(listener: TickListener): void {
    this.#listeners.add(listener);
    if (this.#timer) return;
    this.#next = this.#tickAt(this.#clock.now()) + 1;
    this.#arm();
  }

  /** The beat that finds nobody left is the last one. */
  delete(listener: TickListener): void {
    this.#listeners.delete(listener);
  }

  #tickAt(time: number): number {
    return Math.floor((time - this.#origin) / TICK_MS);
  }

  #arm(): void {
    const due = this.#origin + this.#next * TICK_MS;
    const delay = Math.min(Math.max(0, due - this.#clock.now()), TICK_MS);
    this.#timer = this.#clock.after(delay, () => this.#beat());
  }

  #beat(): void {
    const current = this.#tickAt(this.#clock.now());
    // Neither a stall nor a clock set back may hold the beat up.
    this.#next = Math.min(Math.max(this.#next, current - MOST_CATCH_UP), current + 1);
    for (; this.#next <= current; this.#next += 1) for (const listener of this.#listeners) listener(this.#next);
    if (this.#listeners.size > 0) this.#arm();
    else this.#timer = undefined;
  }
}
