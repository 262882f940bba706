import type { Timer } from '../../kit/clock.ts';
import type { Sleeper, TimerWheel } from '../timer-wheel.ts';

/** The base timers, milliseconds; RFC 3261 §17 derives all others from them. */
export interface Timers {
  /** Estimate of the round trip. */
  readonly t1: number;
  /** Longest interval between repeats of a non-INVITE request or an INVITE response. */
  readonly t2: number;
  /** Longest time a message stays in the network. */
  readonly t4: number;
}

/** RFC 3261 §17.1.1.1, §17.1.2.2. */
export const DEFAULT_TIMERS: Timers = { t1: 500, t2: 4000, t4: 5000 };

/** The timers by their letters, milliseconds (RFC 3261 appendix A table 4, RFC 6026 §7, RFC 4320 §4.1). */
export interface TimerTable {
  readonly t2: number;
  /** INVITE request repeat, first interval; doubles without a limit. Unreliable transports only. */
  readonly A: number;
  /** INVITE client gives up. */
  readonly B: number;
  /** INVITE client absorbs repeated finals. */
  readonly D: number;
  /** Non-INVITE request repeat, first interval; doubles up to T2. Unreliable transports only. */
  readonly E: number;
  /** Non-INVITE client gives up; the server, which knows this, answers no more. */
  readonly F: number;
  /** INVITE final response repeat, first interval; doubles up to T2. Unreliable transports only. */
  readonly G: number;
  /** INVITE server stops waiting for the ACK. */
  readonly H: number;
  /** INVITE server absorbs repeated ACKs. */
  readonly I: number;
  /** Non-INVITE server absorbs repeated requests. */
  readonly J: number;
  /** Non-INVITE client absorbs repeated finals. */
  readonly K: number;
  /** INVITE server stays Accepted. */
  readonly L: number;
  /** INVITE client stays Accepted. */
  readonly M: number;
  /** Non-INVITE server owes a 100: a client's timer E has reached T2. */
  readonly trying: number;
}

/** One for each kind of transport. */
export interface TimerTables {
  readonly reliable: TimerTable;
  readonly unreliable: TimerTable;
}

/** The tables that follow from the base timers. */
export function timerTables(timers: Timers): TimerTables {
  return { reliable: timerTable(timers, true), unreliable: timerTable(timers, false) };
}

/** The table for one kind of transport: on a reliable one nothing is repeated, so nothing needs absorbing. */
function timerTable({ t1, t2, t4 }: Timers, reliable: boolean): TimerTable {
  const giveUp = 64 * t1;
  return {
    t2,
    A: t1,
    B: giveUp,
    D: reliable ? 0 : giveUp,
    E: t1,
    F: giveUp,
    G: t1,
    H: giveUp,
    I: reliable ? 0 : t4,
    J: reliable ? 0 : giveUp,
    K: reliable ? 0 : t4,
    L: giveUp,
    M: giveUp,
    trying: timeUntilT2(t1, t2),
  };
}

/** How long after a request its sender's timer E is set to T2: 3.5 s by default (RFC 4320 §4.1). */
function timeUntilT2(t1: number, t2: number): number {
  let elapsed = 0;
  for (let interval = t1; interval < t2; interval *= 2) elapsed += interval;
  return elapsed;
}

/** The timers one transaction may have running: one that repeats and one that ends its state. */
export class StateTimers {
  readonly #wheel: TimerWheel;
  readonly #machine: Sleeper;
  #repeat: Timer | undefined;
  #deadline: Timer | undefined;

  /** `machine` is woken with the letters of its timers. */
  constructor(wheel: TimerWheel, machine: Sleeper) {
    this.#wheel = wheel;
    this.#machine = machine;
  }

  /** Starts the repeating timer anew. */
  repeatAfter(ms: number, letter: string): void {
    this.#repeat?.cancel();
    this.#repeat = this.#wheel.wakeAfter(ms, this.#machine, letter);
  }

  /** Starts the timer that ends the state anew. */
  endAfter(ms: number, letter: string): void {
    this.#deadline?.cancel();
    this.#deadline = this.#wheel.wakeAfter(ms, this.#machine, letter);
  }

  /** Stops the repeating timer. */
  stopRepeat(): void {
    this.#repeat?.cancel();
    this.#repeat = undefined;
  }

  /** Stops both. */
  clear(): void {
    this.stopRepeat();
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }
}
