import type { Ban, BanReason, BanStore } from '../../journal/bans.ts';
import type { Clock } from '../../kit/clock.ts';

/** Milliseconds of a first ban; each further one lasts twice as long as the one before. */
const FIRST_BAN = 300_000;

/** Milliseconds of the longest ban. */
const LONGEST_BAN = 86_400_000;

/** Milliseconds after its end that a ban is remembered, for the next one to be longer. */
const REMEMBERED = 86_400_000;

/** Bans held, past ones that are remembered included; when more come, those that end first go. */
export const MOST_BANS = 50_000;

/** Which sources are not heard, until when and why. Outlives a restart through its store. */
export class Bans {
  readonly #bans = new Map<string, Ban>();
  readonly #store: BanStore;
  readonly #clock: Clock;

  constructor(store: BanStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    for (const ban of store.load()) this.#bans.set(ban.source, ban);
    this.#forgetOld();
  }

  /** The ban that is in force for the source; undefined when there is none. */
  of(source: string): Ban | undefined {
    const ban = this.#bans.get(source);
    return ban && ban.until > this.#clock.now() ? ban : undefined;
  }

  /** Bans a source for longer than the last time. `evidence` is how many pieces of it there were. */
  add(source: string, reason: BanReason, evidence: number): Ban {
    const now = this.#clock.now();
    const before = this.#bans.get(source);
    if (before && before.until > now) return before;
    const times = before && now - before.until < REMEMBERED ? before.times + 1 : 1;
    const lasts = Math.min(FIRST_BAN * 2 ** (times - 1), LONGEST_BAN);
    const ban = { source, reason, evidence, since: now, until: now + lasts, times };
    this.#keep(ban);
    return ban;
  }

  /** Takes over a ban of another thread; false when this source has one that lasts as long. */
  take(ban: Ban): boolean {
    if ((this.#bans.get(ban.source)?.until ?? -Infinity) >= ban.until) return false;
    this.#keep(ban);
    return true;
  }

  /** Ends and forgets a ban; false when there is none. */
  lift(source: string): boolean {
    const inForce = this.of(source) !== undefined;
    if (this.#bans.delete(source)) this.#store.remove(source);
    return inForce;
  }

  /** Bans in force, newest first. */
  list(): Ban[] {
    const now = this.#clock.now();
    return [...this.#bans.values()].filter((ban) => ban.until > now).sort((a, b) => b.since - a.since);
  }

  /** How many are held, past ones included. */
  get size(): number {
    return this.#bans.size;
  }

  #keep(ban: Ban): void {
    this.#bans.set(ban.source, ban);
    this.#store.save(ban);
    if (this.#bans.size > MOST_BANS) this.#makeRoom();
  }

  #makeRoom(): void {
    this.#forgetOld();
    if (this.#bans.size <= MOST_BANS) return;
    // A tenth at once, so that sorting is rare.
    const ending = [...this.#bans.values()].sort((a, b) => a.until - b.until);
    for (const { source } of ending.slice(0, MOST_BANS / 10)) this.#drop(source);
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const { source, until } of this.#bans.values()) if (now - until >= REMEMBERED) this.#drop(source);
  }

  #drop(source: string): void {
    this.#bans.delete(source);
    this.#store.remove(source);
  }
}
