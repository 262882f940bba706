import type { Clock, Timer } from '../kit/clock.ts';

/** How fine the wheel turns, milliseconds: an action runs at most this much late, never early. */
const SLOT_MS = 50;

/** Slots of the wheel; a longer wait stays in its slot for another turn. 1024 × 50 ms holds the usual 32 s. */
const SLOTS = 1024;

/** Most time one tick may see pass: a step of the wall clock forward must not fire every timer at once. */
const MOST_ELAPSED_MS = 2000;

/** Whom timers wake, each with the word that it was given: for who has many, and no function made for each. */
export interface Sleeper {
  wake(word: string): void;
}

const NOBODY: Sleeper = { wake() {} };

/** One that waits: a link of the ring of its slot. */
class Waiting implements Timer {
  readonly due: number;
  readonly #sleeper: Sleeper;
  readonly #word: string;
  readonly #left: () => void;
  before: Waiting = this;
  after: Waiting = this;

  constructor(due: number, sleeper: Sleeper, word: string, left: () => void) {
    this.due = due;
    this.#sleeper = sleeper;
    this.#word = word;
    this.#left = left;
  }

  /** Goes to the end of a ring. */
  join(ring: Waiting): void {
    this.before = ring.before;
    this.after = ring;
    ring.before.after = this;
    ring.before = this;
  }

  cancel(): void {
    if (this.after === this) return;
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
    this.#left();
  }

  wake(): void {
    this.#sleeper.wake(this.#word);
  }
}

/**
 * Many timers on one: SIP needs several for each transaction, and nearly all are cancelled.
 * It keeps its own time, which steps of the wall clock neither stop nor rush, and ticks only while something waits.
 */
export class TimerWheel {
  readonly #clock: Clock;
  /** Of each slot the link that waits for nothing, where its ring begins and ends. */
  readonly #slots: Waiting[] = Array.from({ length: SLOTS }, () => new Waiting(0, NOBODY, '', () => {}));
  #waiting = 0;
  /** The wheel's own time, milliseconds, and the wall time at which it was last read. */
  #time = 0;
  #readAt = 0;
  /** The last slot whose actions ran. */
  #turned = 0;
  #tick: Timer | undefined;
  readonly #crashed: (error: unknown) => void;
  readonly #left = (): void => {
    this.#waiting -= 1;
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
    return this.wakeAfter(delay, { wake: action }, '');
  }

  /** Wakes `sleeper` with `word` once, `delay` milliseconds from now, or up to one slot later. */
  wakeAfter(delay: number, sleeper: Sleeper, word: string): Timer {
    this.#readClock();
    const due = Math.max(Math.ceil((this.#time + delay) / SLOT_MS), this.#turned + 1);
    const entry = new Waiting(due, sleeper, word, this.#left);
    entry.join(this.#slotOf(due));
    this.#waiting += 1;
    this.#awaitTick();
    return entry;
  }

  /** Drops every timer; none of their actions runs any more. */
  close(): void {
    for (const slot of this.#slots) while (slot.after !== slot) slot.after.cancel();
    this.#tick?.cancel();
    this.#tick = undefined;
  }

  #slotOf(due: number): Waiting {
    return this.#slots[due % SLOTS] as Waiting;
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
    const slot = this.#slotOf(index);
    const due: Waiting[] = [];
    for (let entry = slot.after; entry !== slot; entry = entry.after) if (entry.due <= index) due.push(entry);
    for (const entry of due) {
      // One that ran before it may have cancelled it.
      if (entry.after === entry) continue;
      entry.cancel();
      try {
        entry.wake();
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
