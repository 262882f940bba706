import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../kit/clock.ts';

/** Milliseconds between two readings: as long as it takes to notice, and to recover. */
const READ_EVERY = 250;

/** Milliseconds that the event loop is typically late when calls begin to be shed: half of T1, before all repeat themselves. */
const SHED_ABOVE = 250;

/** Milliseconds of lateness below which calls are taken again. */
const RESUME_BELOW = 100;

/** Nanoseconds in a millisecond. */
const NANOSECONDS = 1e6;

/** How fine the delay is measured, milliseconds; an idle loop reads about this much. */
const RESOLUTION = 20;

/**
 * The typical delay of the event loop since the last call, milliseconds: the median, so that one pause, however long,
 * is not taken for load.
 */
export function eventLoopDelay(): () => number {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  return () => {
    const median = histogram.count === 0 ? 0 : histogram.percentile(50) / NANOSECONDS;
    histogram.reset();
    return Math.max(median - RESOLUTION, 0);
  };
}

/** Whether the process is behind with its work. Read when a call comes, so that nothing runs while none does. */
export class Overload {
  readonly #clock: Clock;
  readonly #delay: () => number;
  #readAt = -Infinity;
  #active = false;

  constructor(clock: Clock, delay: () => number) {
    this.#clock = clock;
    this.#delay = delay;
  }

  get active(): boolean {
    const now = this.#clock.now();
    if (Math.abs(now - this.#readAt) >= READ_EVERY) {
      this.#readAt = now;
      this.#active = this.#delay() > (this.#active ? RESUME_BELOW : SHED_ABOVE);
    }
    return this.#active;
  }
}
