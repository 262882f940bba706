import type { Clock, Timer } from '../kit/clock.ts';
import type { Timers } from '../sip/transaction/timers.ts';

/** Repeats a 2xx until its ACK comes (RFC 3261 §13.3.1.4): end to end, so on reliable transports too. */
export class AnswerRepeater {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #send: () => void;
  readonly #giveUp: () => void;
  readonly #until: number;
  #interval: number;
  #timer: Timer | undefined;

  /** Sends at once. `giveUp` is called when no ACK came within 64·T1. */
  constructor(parts: { clock: Clock; timers: Timers; send: () => void; giveUp: () => void }) {
    this.#clock = parts.clock;
    this.#timers = parts.timers;
    this.#send = parts.send;
    this.#giveUp = parts.giveUp;
    this.#interval = parts.timers.t1;
    this.#until = parts.clock.now() + 64 * parts.timers.t1;
    this.#send();
    this.#arm();
  }

  /** The ACK came, or nobody cares any more. */
  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const left = this.#until - this.#clock.now();
    this.#timer = this.#clock.after(Math.min(this.#interval, left), () => this.#repeat());
  }

  #repeat(): void {
    if (this.#clock.now() >= this.#until) return this.#giveUp();
    this.#send();
    this.#interval = Math.min(2 * this.#interval, this.#timers.t2);
    this.#arm();
  }
}
