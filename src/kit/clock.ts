/** A pending timer; `cancel` is idempotent and safe after it fired. */
export interface Timer {
  cancel(): void;
}

/** Time as the program sees it. Injected everywhere, so that tests own it. */
export interface Clock {
  /** Wall time, milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once, `delay` milliseconds from now. */
  after(delay: number, action: () => void): Timer;
}

/** The longest delay that setTimeout keeps (milliseconds); one that is longer fires at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Milliseconds that a timer may come late by work alone; beyond, the process stood still (SIGSTOP, a suspended machine). */
const LATE = 100;

/** Milliseconds that all timers then wait: what came meanwhile, and often is what they wait for, is heard first. */
const GRACE = 500;

/** When the process was last seen to have stood still, by the clock of `performance`. */
let stoodStillAt = -Infinity;

/** Milliseconds that a timer which was due at `due` has to wait more. */
function graceFor(due: number): number {
  const now = performance.now();
  const rest = stoodStillAt + GRACE - now;
  if (rest > 0) return rest;
  if (now - due <= LATE) return 0;
  stoodStillAt = now;
  return GRACE;
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, action) {
    let handle: NodeJS.Timeout;
    const due = performance.now() + delay;
    const act = (): void => {
      const grace = graceFor(due);
      if (grace === 0) return action();
      handle = setTimeout(action, grace).unref();
    };
    const wait = (left: number): void => {
      const rest = left - LONGEST_TIMEOUT;
      handle = rest > 0 ? setTimeout(wait, LONGEST_TIMEOUT, rest) : setTimeout(act, left);
      handle.unref();
    };
    wait(delay);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  #pending: { at: number; action: () => void }[] = [];

  constructor(now = Date.UTC(2026, 10, 21, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** How many timers are waiting. */
  get waiting(): number {
    return this.#pending.length;
  }

  after(delay: number, action: () => void): Timer {
    const entry = { at: this.#now + delay, action };
    this.#pending.push(entry);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== entry);
      },
    };
  }

  /** Moves time forward by `ms`, firing what falls due on the way, in order. What fires may move it further. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#pending.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#pending = this.#pending.filter((entry) => entry !== due);
      this.#now = Math.max(this.#now, due.at);
      due.action();
    }
    this.#now = Math.max(this.#now, end);
  }
}
