import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../kit/clock.ts';
import { NO_QUEUE, type Queue } from '../sip/transport/udp-queue.ts';

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

/** Milliseconds between two looks at what waits to be read, and how long after one it says nothing any more. */
const LOOK_EVERY = 100;
const STALE = 1000;

/** Looks in a row that find too much waiting before calls are shed for it: what a pause left is worked off sooner. */
const LOOKS = 3;

/** Share of the room for what waits that is too much, and the one that is aimed at once calls are shed. */
const TOO_FULL = 0.5;
const AIM = 0.2;

/** How much the share of calls that are shed follows the distance from the aim, and the way since the last look. */
const BY_DISTANCE = 0.1;
const BY_WAY = 0.4;

/** Below this hardly anything waits; what then remains of the share, so that a standstill is soon forgotten. */
const HARDLY = AIM / 4;
const REMAINS = 0.9;

/** One datagram in ten that found no room is as bad as no room at all: of its eight messages most calls lose one. */
const BY_DROPS = 10;

/** Where all calls are shed, also those half set up. */
const ALL = 2;

export interface OverloadParts {
  readonly clock: Clock;
  /** Milliseconds that the event loop is typically late. */
  readonly delay: () => number;
  /** What waits to be read, and what found no room. */
  readonly queue: () => Queue;
  /** A number in [0, 1). */
  readonly dice: () => number;
}

/**
 * Whether there is more to do than can be done: the event loop is late, or datagrams come faster than they are read and
 * wait until their senders repeat them, which makes it worse. Then as large a share of new calls is shed as it takes to
 * keep up with the others: loss-based control as of RFC 7339, of our own accord, by the law of RFC 8033 §4.2. Looked at
 * when a call comes, so that nothing runs while none does.
 */
export class Overload {
  readonly #parts: OverloadParts;
  #readAt = -Infinity;
  #late = false;
  #lookedAt = -Infinity;
  /** Looks in a row that found too much. */
  #found = 0;
  #level = 0;
  #queue = NO_QUEUE;
  /** Of calls that are shed: up to 1 of those that begin, and what is above of those that answer a challenge. */
  #share = 0;

  constructor(parts: OverloadParts) {
    this.#parts = parts;
  }

  /** `challenged`: the call answers a challenge, so that part of its work is done. */
  sheds(challenged: boolean): boolean {
    const now = this.#parts.clock.now();
    if (Math.abs(now - this.#readAt) >= READ_EVERY) this.#read(now);
    if (Math.abs(now - this.#lookedAt) >= LOOK_EVERY) this.#look(now);
    if (this.#late) return true;
    const share = challenged ? this.#share - 1 : this.#share;
    return share > 0 && this.#parts.dice() < share;
  }

  #read(now: number): void {
    this.#readAt = now;
    this.#late = this.#parts.delay() > (this.#late ? RESUME_BELOW : SHED_ABOVE);
  }

  #look(now: number): void {
    const queue = this.#parts.queue();
    const level = levelOf(queue, this.#queue);
    const isStale = Math.abs(now - this.#lookedAt) > STALE;
    this.#found = level > TOO_FULL && !isStale ? this.#found + 1 : 0;
    if (isStale) this.#share = 0;
    else if (this.#share > 0 || this.#found >= LOOKS) {
      const share = level < HARDLY ? this.#share * REMAINS : this.#share;
      const step = BY_DISTANCE * (level - AIM) + BY_WAY * (level - this.#level);
      this.#share = Math.min(Math.max(share + step, 0), ALL);
    }
    this.#lookedAt = now;
    this.#level = level;
    this.#queue = queue;
  }
}

/** How full it is, 0 to 1; what found no room since the look before counts as well. */
function levelOf({ fill, drops, taken }: Queue, before: Queue): number {
  const dropped = drops - before.drops;
  const share = dropped > 0 ? dropped / (dropped + taken - before.taken) : 0;
  return Math.min(Math.max(fill, BY_DROPS * share), 1);
}
