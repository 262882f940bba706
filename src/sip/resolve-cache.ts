import type { Clock } from '../kit/clock.ts';
import { Recent } from '../kit/recent.ts';
import type { Found } from './resolve-dns.ts';

/** Answers kept; beyond this the one that was not asked for the longest goes. */
const MOST_ANSWERS = 2000;

/** Questions under way at once; more are refused, for names can come from what strangers send. */
const MOST_QUESTIONS = 200;

/** Milliseconds to wait for an answer. */
const DEADLINE = 3000;

/** Seconds that an answer is kept at least and at most, whatever its time to live. */
const LEAST_TTL = 1;
const MOST_TTL = 86_400;

/** Milliseconds that a failure is kept, so that a dead name server is not asked for each call. */
const KEEP_FAILURE = 5000;

/** Milliseconds that an old answer may still stand in when no new one can be had (RFC 8767). */
const STAND_IN = 86_400_000;

interface Answer {
  readonly records: readonly unknown[];
  readonly until: number;
  /** When it was fresh; null for a failure. */
  readonly from: number | null;
}

/** Remembers DNS answers for their time to live, "none" and failures too, and asks each question once at a time. */
export class AnswerCache {
  readonly #clock: Clock;
  readonly #answers = new Recent<string, Answer>(MOST_ANSWERS);
  readonly #asking = new Map<string, Promise<readonly unknown[]>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The records for `question`, a name unique to what `ask` asks. Rejects when there is no answer to be had. */
  async get<Kind>(question: string, ask: () => Promise<Found<Kind>>): Promise<readonly Kind[]> {
    const known = this.#answers.get(question);
    if (known && known.until > this.#clock.now()) return this.#read(question, known) as readonly Kind[];
    let asking = this.#asking.get(question);
    if (!asking) {
      if (this.#asking.size >= MOST_QUESTIONS) throw new Error('too many names are being looked up');
      asking = this.#ask(question, ask, known).finally(() => this.#asking.delete(question));
      this.#asking.set(question, asking);
    }
    return (await asking) as readonly Kind[];
  }

  #read(question: string, { records, from }: Answer): readonly unknown[] {
    if (from === null) throw new Error(`no answer for ${question}`);
    return records;
  }

  async #ask(
    question: string,
    ask: () => Promise<Found<unknown>>,
    known: Answer | undefined,
  ): Promise<readonly unknown[]> {
    const begun = this.#clock.now();
    try {
      const { records, ttl } = await this.#inTime(ask());
      const now = this.#clock.now();
      this.#answers.set(question, {
        records,
        until: now + Math.min(Math.max(ttl, LEAST_TTL), MOST_TTL) * 1000,
        from: now,
      });
      return records;
    } catch {
      const standsIn = known && known.from !== null && begun - known.from < STAND_IN;
      const answer: Answer = {
        records: standsIn ? known.records : [],
        until: this.#clock.now() + KEEP_FAILURE,
        from: standsIn ? known.from : null,
      };
      this.#answers.set(question, answer);
      return this.#read(question, answer);
    }
  }

  #inTime<Value>(answer: Promise<Value>): Promise<Value> {
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.after(DEADLINE, () => late.reject(new Error('no answer in time')));
    return Promise.race([answer, late.promise]).finally(() => timer.cancel());
  }
}
