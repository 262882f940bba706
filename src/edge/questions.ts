import type { Timer } from '../kit/clock.ts';
import type { ClientTransaction } from '../sip/transaction/transaction.ts';

/** One that waits for its answer. */
export interface Question {
  /** Null until it is sent. */
  client: ClientTransaction | null;
  readonly deadline: Timer;
}

/** What gateways or agents are asked and have not answered, one question each at a time. */
export class Questions {
  readonly #open = new Map<string, Question>();

  has(key: string): boolean {
    return this.#open.has(key);
  }

  /** Whether this very question is still open. */
  waits(key: string, question: Question): boolean {
    return this.#open.get(key) === question;
  }

  begin(key: string, question: Question): void {
    this.#open.set(key, question);
  }

  /** Waits no more for an answer. */
  end(key: string): void {
    const question = this.#open.get(key);
    this.#open.delete(key);
    question?.deadline.cancel();
    question?.client?.stop();
  }

  endAll(): void {
    for (const key of this.#open.keys()) this.end(key);
  }
}
