import { Recent } from '../../kit/recent.ts';

/** Wrong passwords, none right and no hour between them, that a user may have before it is slowed (checklist 10.3). */
const FREE_FAILURES = 20;

/** Milliseconds of the first pause; each further failure doubles it. */
const FIRST_PAUSE = 1000;

/** Milliseconds of the longest pause: slow enough for guessing to be hopeless, short enough to be no lock. */
const LONGEST_PAUSE = 60_000;

/** Milliseconds after which failures are forgotten. */
const FORGOTTEN_AFTER = 3_600_000;

/** User names that failures are remembered of; the one that was quiet longest is forgotten first. */
const MOST_USERS = 50_000;

interface Failures {
  readonly count: number;
  readonly last: number;
}

/**
 * Slows whoever guesses the password of one user from many addresses. It never locks: a pause ends, and a source from
 * which calls are admitted does not pause. Names that do not exist are slowed alike, so that nothing is learnt by it.
 */
export class SlowedUsers {
  readonly #failures = new Recent<string, Failures>(MOST_USERS);
  readonly #held = new Recent<string, number>(MOST_USERS);

  /** Milliseconds until an answer for this user is looked at again; 0: now. `trusted`: failures elsewhere do not count. */
  pause(trunk: string, username: string, now: number, trusted: boolean): number {
    // Where nobody failed, as at most times, nothing is looked up.
    if (this.#held.size === 0 && this.#failures.size === 0) return 0;
    const held = (this.#held.get(keyOf(trunk, username)) ?? -Infinity) - now;
    const failures = trusted ? undefined : this.#of(trunk, username, now);
    const slowed = failures && failures.count >= FREE_FAILURES ? failures.last + pauseAfter(failures.count) - now : 0;
    return Math.min(Math.max(held, slowed, 0), LONGEST_PAUSE);
  }

  /** Pauses a user that did prove its password: it may be stolen. */
  hold(trunk: string, username: string, now: number): void {
    this.#held.set(keyOf(trunk, username), now + LONGEST_PAUSE);
  }

  failed(trunk: string, username: string, now: number, times = 1): void {
    const count = (this.#of(trunk, username, now)?.count ?? 0) + times;
    this.#failures.set(keyOf(trunk, username), { count, last: now });
  }

  /** True when there were failures, which are forgotten now. */
  succeeded(trunk: string, username: string): boolean {
    return this.#failures.size > 0 && this.#failures.delete(keyOf(trunk, username));
  }

  /** What is known of the `most` users that did something last. */
  latest(most: number): { failures: [user: string, Failures][]; held: [user: string, until: number][] } {
    return { failures: this.#failures.latest(most), held: this.#held.latest(most) };
  }

  /** What another thread knew. */
  takeOver({ failures, held }: ReturnType<SlowedUsers['latest']>): void {
    this.#failures.takeOver(failures, (theirs, own) => theirs.count > own.count);
    this.#held.takeOver(held, (theirs, own) => theirs > own);
  }

  #of(trunk: string, username: string, now: number): Failures | undefined {
    const failures = this.#failures.get(keyOf(trunk, username));
    return failures && now - failures.last < FORGOTTEN_AFTER ? failures : undefined;
  }
}

function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE * 2 ** (failures - FREE_FAILURES), LONGEST_PAUSE);
}

/** Names may be long; a key need not be. */
function keyOf(trunk: string, username: string): string {
  return `${trunk} ${username.slice(0, 128)}`;
}
