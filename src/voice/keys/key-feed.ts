import { CallGone, type DtmfDigit } from '../../rulebook/call-control.ts';

/** Keys that wait for a slow reader; more are dropped, as nobody presses so many. */
const MOST_WAITING = 64;

/** The keys of one call: whoever listens gets each key that is pressed from then on. */
export class KeyFeed {
  readonly #listeners = new Set<(digit: DtmfDigit) => void>();
  readonly #gone: AbortSignal;

  /** `gone`: aborts with the call. */
  constructor(gone: AbortSignal) {
    this.#gone = gone;
  }

  /** Whether anybody listens. */
  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  press(digit: DtmfDigit): void {
    for (const listener of this.#listeners) listener(digit);
  }

  /** The keys from this moment on, until the abort; rejects with CallGone when the call ends before. */
  keys(stop: AbortSignal): AsyncIterable<DtmfDigit> {
    const waiting: DtmfDigit[] = [];
    let wake = (): void => {};
    const listener = (digit: DtmfDigit): void => {
      if (waiting.length < MOST_WAITING) waiting.push(digit);
      wake();
    };
    const until = AbortSignal.any([stop, this.#gone]);
    const end = (): void => {
      this.#listeners.delete(listener);
      wake();
    };
    if (!until.aborted) this.#listeners.add(listener);
    until.addEventListener('abort', end, { once: true });
    return this.#read({
      next: () => waiting.shift(),
      wait: () => new Promise((resolve) => (wake = resolve)),
      until,
      end,
    });
  }

  async *#read(reader: Reader): AsyncGenerator<DtmfDigit> {
    try {
      while (!reader.until.aborted) {
        const digit = reader.next();
        if (digit !== undefined) yield digit;
        else await reader.wait();
      }
    } finally {
      reader.until.removeEventListener('abort', reader.end);
      reader.end();
    }
    if (this.#gone.aborted) throw new CallGone();
  }
}

interface Reader {
  readonly next: () => DtmfDigit | undefined;
  readonly wait: () => Promise<void>;
  readonly until: AbortSignal;
  readonly end: () => void;
}
