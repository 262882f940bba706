import type { Clock, Timer } from '../../../kit/clock.ts';
import type { DtmfDigit } from '../../../rulebook/call-control.ts';

/** Milliseconds: to the first key, and between two, after which the code is taken to be complete. */
export interface Pauses {
  readonly first: number;
  readonly between: number;
}

/** Digits of the longest thing that is looked at; more of them are no code of anybody. */
const MOST_DIGITS = 32;

/** Makes codes of the keys of one call. Keys that are pressed early count for what is asked next. */
export class KeyPad {
  readonly #keys: AsyncIterator<DtmfDigit>;
  readonly #clock: Clock;
  readonly #pauses: Pauses;
  #next: Promise<IteratorResult<DtmfDigit>> | null = null;

  constructor(keys: AsyncIterable<DtmfDigit>, clock: Clock, pauses: Pauses) {
    this.#keys = keys[Symbol.asyncIterator]();
    this.#clock = clock;
    this.#pauses = pauses;
  }

  /**
   * The digits up to `#` or a pause; null when none are keyed. A star begins anew. `onKey` hears of each key; `ahead`:
   * milliseconds that the caller is spoken to. Rejects with CallGone.
   */
  async code(ahead: number, onKey: () => void): Promise<string | null> {
    let digits = '';
    for (let wait = ahead + this.#pauses.first; ; wait = digits === '' ? this.#pauses.first : this.#pauses.between) {
      const key = await this.#key(wait);
      if (key === null) break;
      onKey();
      if (key === '*') digits = '';
      else if (key !== '#') digits = (digits + key).slice(0, MOST_DIGITS + 1);
      else if (digits !== '') break;
    }
    return digits === '' ? null : digits;
  }

  /** The next key; null after so many milliseconds, or when there will be none any more. */
  async #key(wait: number): Promise<DtmfDigit | null> {
    const next = (this.#next ??= this.#keys.next());
    // Somebody may look at it only after the next announcement, or never.
    next.catch(() => {});
    let timer: Timer | undefined;
    const late = new Promise<null>((resolve) => {
      timer = this.#clock.after(wait, () => resolve(null));
    });
    try {
      const result = await Promise.race([next, late]);
      if (result === null) return null;
      this.#next = null;
      return result.done ? null : result.value;
    } finally {
      timer?.cancel();
    }
  }
}
