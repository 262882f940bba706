import type { Codes } from '../../src/dialects/webex/attendant/attendant.ts';
import type { CodeTry, CodeVerdict } from '../../src/dialects/webex/codes/code-book.ts';

/** Access codes in memory, for tests of who asks for them. */
export class MemoryCodes implements Codes {
  readonly tries: CodeTry[] = [];
  readonly #right: string;
  readonly #mostWrong: number;
  #wrong = 0;

  /** After `mostWrong` codes that are not `right` nobody may try any more. */
  constructor(right: string, mostWrong = Number.POSITIVE_INFINITY) {
    this.#right = right;
    this.#mostWrong = mostWrong;
  }

  async verify(tried: CodeTry): Promise<CodeVerdict> {
    this.tries.push(tried);
    if (this.lockedUntil() !== null) return { outcome: 'locked', until: 1 };
    if (tried.digits === this.#right) return { outcome: 'match', code: { id: 'c1', description: 'Reception' } };
    this.#wrong += 1;
    return { outcome: 'none', triesLeft: this.#mostWrong - this.#wrong };
  }

  lockedUntil(): number | null {
    return this.#wrong >= this.#mostWrong ? 1 : null;
  }
}
