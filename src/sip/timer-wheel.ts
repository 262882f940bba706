import type { Clock, Timer } from '../kit/clock.ts';

/** How fine the wheel turns, milliseconds: an action runs at most this much late, never early. */
const SLOT_MS = 50;

/** Slots of the wheel; a longer wait stays in its slot for another turn. 1024 × 50 ms holds the usual 32 s. */
const SLOTS = 1024;

/** Most time one tick may see pass: a step of the wall clock forward must not fire every timer at once. */
const MOST_ELAPSED_MS = 2000;

/** An action that waits in its slot, and the way to take it out again. */
class Waiting implements Timer {
  readonly due: number;
  readonly action: () => void;
  readonly #cancel: (waiting: Waiting) => void;

  constructor(due: number, action: () => void, cancel: (waiting: Waiting) => void) {
    this.due = due;
    this.action = action;
    this.#cancel = cancel;
  }

  cancel(): void {
    this.#cancel(this);
  }
}

/**
 * Many timers on one: SIP needs several for each transaction, and nearly all are cancelled.
 * It keeps its own time, which steps of the wall clock neither stop nor rush, and ticks only while something waits.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots: Set<Waiting>[] = Array.from({ length: SLOTS }, () => new Set<Waiting>());
  #waiting = 0;
  /** The wheel's own time, milliseconds, and the wall time at which it was last read. */
  #time = 0;
  #readAt = 0;
  /** The last slot whose actions ran. */
  #turned = 0;
  #tick: Timer | undefined;
  readonly #crashed: (error: unknown) => void;
  readonly #cancel = (entry: Waiting): void => {
    if (this.#slots[entry.due % SLOTS]?.delete(entry)) this.#waiting -= 1;
  };

  /** `crashed` is told what an action threw; the wheel turns on. */
  constructor(clock: Clock, crashed: (error: unknown) => void) {
    this.#clock = clock;
    this.#crashed = crashed;
  }

  /** How many timers wait. */
  get size(): number {
    return this.#waiting;
  }

  /** The wheel's own time, milliseconds; it stands still while nothing waits. */
  get time(): number {
    this.#readClock();
    return this.#time;
  }

  /** Calls `action` once, `delay` milliseconds from now, or up to one slot later. */
  after(delay: number, action: () => void): Timer {
    this.#readClock();
    const due = Math.max(Math.ceil((this.#time + delay) / SLOT_MS), this.#turned + 1);
    const entry = new Waiting(due, action, this.#cancel);
    this.#slots[due % SLOTS]?.add(entry);
    this.#waiting += 1;
    this.#awaitTick();
    return entry;
  }

  /** Drops every timer; none of their actions runs any more. */
  close(): void {
    for (const slot of this.#slots) slot.clear();
    this.#waiting = 0;
    this.#tick?.cancel();
    this.#tick = undefined;
  }

  #awaitTick(): void {
    this.#tick ??= this.#clock.after(SLOT_MS - (this.#time % SLOT_MS), () => this.#turn());
  }

  #turn(): void {
    this.#readClock();
    this.#tick = undefined;
    const end = Math.floor(this.#time / SLOT_MS);
    while (this.#turned < end) {
      this.#turned += 1;
      this.#fire(this.#turned);
    }
    if (this.#waiting > 0) this.#awaitTick();
  }

  #fire(index: number): void {
    for (const entry of this.#slots[index % SLOTS] ?? []) {
      if (entry.due > index) continue;
      this.#slots[index % SLOTS]?.delete(entry);
      this.#waiting -= 1;
      try {
        entry.action();
      } catch (error) {
        this.#crashed(error);
      }
    }
  }

  #readClock(): void {
    const now = this.#clock.now();
    // Without a tick nothing waited: the time slept through counts for nobody.
    const passed = this.#tick ? now - this.#readAt : 0;
    this.#time += Math.min(Math.max(passed, 0), MOST_ELAPSED_MS);
    this.#readAt = now;
  }
}
