import type { Ban, BanReason, BanStore } from '../../journal/bans.ts';
import { openBulletin, tellsNewcomer, type Bulletin } from '../../kit/bulletin.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Peers } from '../../kit/peers.ts';
import { Bans } from './bans.ts';
import { Evidence, type Threshold } from './evidence.ts';
import { KnownSources } from './known-sources.ts';
import { Silences, type Silence } from './silences.ts';
import { SlowedUsers } from './slowed-users.ts';

/** Wrong logins that ban a source (checklist 10.3). */
const FAILED_LOGINS: Threshold = { count: 10, within: 60_000 };

/** Likewise of a source from which calls are admitted: one broken phone must not silence an office. */
const FAILED_LOGINS_OF_KNOWN: Threshold = { count: 100, within: 60_000 };

/** Refusals of a stranger over connections that ban it. */
const SWEEP: Threshold = { count: 20, within: 60_000 };

/** Refusals that a stranger over UDP is told before it gets silence: a forged source is not flooded by us. */
const TOLD: Threshold = { count: 30, within: 60_000 };

/** Refused numbers of one user that proved its password: a sweep for numbers that cost (checklist 10.4). */
const NUMBERS: Threshold = { count: 20, within: 60_000 };

/** Sources, or users, that evidence is remembered of. */
const MOST_WATCHED = 50_000;

/** Entries of each table that a thread which just came is told: the latest. Bans are in their file besides. */
const MOST_CAUGHT_UP = 5000;

/** What somebody did, as threads tell it to one another. `source`: as sourceName has it. */
type Deed =
  | { readonly kind: 'login-failed'; readonly source: string; readonly trunk: string; readonly username: string }
  | { readonly kind: 'login-right'; readonly trunk: string; readonly username: string }
  | { readonly kind: 'number-refused'; readonly trunk: string; readonly username: string }
  | { readonly kind: 'refused'; readonly source: string; readonly reliable: boolean }
  | { readonly kind: 'scanner'; readonly source: string }
  | { readonly kind: 'known'; readonly source: string }
  | { readonly kind: 'banned'; readonly ban: Ban }
  | { readonly kind: 'lifted'; readonly source: string };

/** What a thread that comes later has missed. */
interface SoFar {
  readonly bans: readonly Ban[];
  readonly silences: readonly Silence[];
  readonly users: ReturnType<SlowedUsers['latest']>;
  readonly known: ReturnType<KnownSources['latest']>;
}

export interface OffencesParts {
  readonly bans: BanStore;
  readonly clock: Clock;
  readonly peers: Peers;
}

/**
 * What sources and users did, and what followed: bans, silences, pauses. Of several threads each is told what the others
 * saw and counts all of it, so that all come to the same; what it was told it does not tell again.
 */
export class Offences {
  readonly #clock: Clock;
  readonly #news: Bulletin<Deed> | null;
  readonly #bans: Bans;
  readonly #known = new KnownSources();
  readonly #users = new SlowedUsers();
  readonly #logins = new Evidence(MOST_WATCHED);
  readonly #refused = new Evidence(MOST_WATCHED);
  /** Refusals over connections: apart, for what is forged over UDP must not count as proof. */
  readonly #swept = new Evidence(MOST_WATCHED);
  readonly #numbers = new Evidence(MOST_WATCHED);
  readonly #silenced: Silences;

  constructor({ bans, clock, peers }: OffencesParts) {
    this.#clock = clock;
    this.#bans = new Bans(bans, clock);
    this.#silenced = new Silences(clock, MOST_WATCHED);
    const hear = (deed: Deed, times: number): void => this.#hear(deed, times);
    this.#news = openBulletin({ peers, clock, topic: 'offences', hear });
    peers.on('offences-so-far', (missed: SoFar) => this.#catchUp(missed));
    peers.onJoined((thread) => {
      if (tellsNewcomer(peers, thread)) peers.tell(thread, 'offences-so-far', this.#soFar());
    });
  }

  isBanned(source: string): boolean {
    return this.#bans.of(source) !== undefined;
  }

  /** Whether a call from there was admitted of late, or we sent something there. */
  isKnown(source: string): boolean {
    return this.#known.has(source, this.#clock.now());
  }

  /** A call from there was admitted, or we send something there. */
  vouch(source: string): void {
    const now = this.#clock.now();
    this.#known.add(source, now);
    if (this.#news && this.#known.isNews(source, now)) this.#news.tell({ kind: 'known', source });
  }

  /** A wrong answer came to a challenge that was sent to this very source. */
  loginFailed(trunk: string, username: string, source: string): void {
    this.#news?.tell(
      { kind: 'login-failed', source, trunk, username },
      `login-failed ${source}\n${trunk}\n${username}`,
    );
    this.#loginFailed(trunk, username, source, 1, true);
  }

  /** A user proved its password. */
  loginRight(trunk: string, username: string): void {
    if (this.#users.succeeded(trunk, username))
      this.#news?.tell({ kind: 'login-right', trunk, username }, `login-right ${trunk}\n${username}`);
  }

  /** Milliseconds that a user has to wait before its answer to a challenge is looked at; 0: none. */
  pause(trunk: string, username: string, source: string): number {
    return this.#users.pause(trunk, username, this.#clock.now(), this.isKnown(source));
  }

  /** A user that proved its password asked for a number that is refused. */
  numberRefused(trunk: string, username: string): void {
    this.#news?.tell({ kind: 'number-refused', trunk, username }, `number-refused ${trunk}\n${username}`);
    this.#numberRefused(trunk, username, 1);
  }

  /** A stranger is refused something; true when it was told so often enough. `reliable`: it comes over a connection. */
  refused(source: string, reliable: boolean): boolean {
    this.#news?.tell({ kind: 'refused', source, reliable }, `refused ${source} ${reliable}`);
    return this.#refusedAgain(source, reliable, 1, true);
  }

  /** A scanner proved its address. */
  scanned(source: string): void {
    this.#news?.tell({ kind: 'scanner', source }, `scanner ${source}`);
    this.#scanned(source, 1, true);
  }

  /** It sent more over a connection than any telephone does. */
  flooded(source: string): void {
    this.#ban(source, 'flood', 1, true);
  }

  /** Bans in force, newest first. */
  list(): Ban[] {
    return this.#bans.list();
  }

  /** Strangers over UDP that are told no refusals now, latest first. */
  listSilenced(): Silence[] {
    return this.#silenced.list();
  }

  /** Ends ban and silence of a source, in all threads; false when there is none. */
  lift(source: string): boolean {
    this.#news?.tell({ kind: 'lifted', source });
    return this.#lift(source);
  }

  #hear(deed: Deed, times: number): void {
    switch (deed.kind) {
      case 'login-failed':
        return this.#loginFailed(deed.trunk, deed.username, deed.source, times, false);
      case 'login-right':
        return void this.#users.succeeded(deed.trunk, deed.username);
      case 'number-refused':
        return this.#numberRefused(deed.trunk, deed.username, times);
      case 'refused':
        return void this.#refusedAgain(deed.source, deed.reliable, times, false);
      case 'scanner':
        return this.#scanned(deed.source, times, false);
      case 'known':
        return this.#known.add(deed.source, this.#clock.now());
      case 'banned':
        return this.#take(deed.ban);
      case 'lifted':
        return void this.#lift(deed.source);
    }
  }

  #loginFailed(trunk: string, username: string, source: string, times: number, own: boolean): void {
    const now = this.#clock.now();
    const threshold = this.#known.has(source, now) ? FAILED_LOGINS_OF_KNOWN : FAILED_LOGINS;
    this.#users.failed(trunk, username, now, times);
    if (this.#logins.add(source, now, threshold, times)) this.#ban(source, 'failed-logins', threshold.count, own);
  }

  #numberRefused(trunk: string, username: string, times: number): void {
    const now = this.#clock.now();
    if (this.#numbers.add(`${trunk} ${username.slice(0, 128)}`, now, NUMBERS, times))
      this.#users.hold(trunk, username, now);
  }

  #refusedAgain(source: string, reliable: boolean, times: number, own: boolean): boolean {
    const now = this.#clock.now();
    if (reliable) {
      const swept = this.#swept.add(source, now, SWEEP, times);
      if (swept) this.#ban(source, 'sweep', SWEEP.count, own);
      return swept;
    }
    const many = this.#refused.add(source, now, TOLD, times);
    const quiet = this.#silenced.has(source);
    // Of those that led to it the ones before were told.
    if (many || quiet) this.#silenced.add(source, quiet ? times : 1);
    return many || quiet;
  }

  #scanned(source: string, times: number, own: boolean): void {
    const now = this.#clock.now();
    const known = this.#known.has(source, now);
    if (!known || this.#logins.add(source, now, FAILED_LOGINS_OF_KNOWN, times)) this.#ban(source, 'scanner', 1, own);
  }

  #lift(source: string): boolean {
    this.#forgive(source);
    const silenced = this.#silenced.lift(source);
    return this.#bans.lift(source) || silenced;
  }

  /** `own`: for what this very thread saw. The others come to it by themselves, but for one that missed something. */
  #ban(source: string, reason: BanReason, evidence: number, own: boolean): void {
    const inForce = this.isBanned(source);
    const ban = this.#bans.add(source, reason, evidence);
    this.#forgive(source);
    if (own && !inForce) this.#news?.tell({ kind: 'banned', ban });
  }

  #take(ban: Ban): void {
    if (this.#bans.take(ban)) this.#forgive(ban.source);
  }

  #forgive(source: string): void {
    this.#logins.forget(source);
    this.#refused.forget(source);
    this.#swept.forget(source);
  }

  #soFar(): SoFar {
    return {
      bans: this.#bans.list().slice(0, MOST_CAUGHT_UP),
      silences: this.#silenced.list().slice(0, MOST_CAUGHT_UP),
      users: this.#users.latest(MOST_CAUGHT_UP),
      known: this.#known.latest(MOST_CAUGHT_UP),
    };
  }

  #catchUp({ bans, silences, users, known }: SoFar): void {
    for (const ban of bans) this.#take(ban);
    this.#silenced.takeOver(silences);
    this.#users.takeOver(users);
    this.#known.takeOver(known);
  }
}
