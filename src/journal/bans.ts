import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../kit/clock.ts';
import { openOwnSqlite } from '../kit/own-sqlite.ts';
import { readSqlite } from '../kit/read-sqlite.ts';

/** Why a source is banned: a closed list. */
export const BAN_REASONS = {
  'failed-logins': 'Wrong passwords or unknown user names, in answer to challenges that were sent to this address',
  scanner: 'A scanning tool, from an address that is proven',
  sweep: 'Requests to whatever might answer, over connections, that were refused one after the other',
  flood: 'More messages over connections than any telephone sends',
} as const;

export type BanReason = keyof typeof BAN_REASONS;

/** A source that is not heard. Times in milliseconds since the epoch. */
export interface Ban {
  /** IPv4 address, or IPv6 /64. */
  readonly source: string;
  readonly reason: BanReason;
  /** How many pieces of evidence led to it. */
  readonly evidence: number;
  readonly since: number;
  readonly until: number;
  /** How many bans in a row this is: each lasts twice as long as the one before. */
  readonly times: number;
}

/** Keeps bans over a restart. Nobody waits for it. */
export interface BanStore {
  load(): Ban[];
  save(ban: Ban): void;
  remove(source: string): void;
}

/** Bans as people read them. */
export function describeBans(bans: readonly Ban[]): object[] {
  return bans.map(({ source, reason, evidence, since, until, times }) => ({
    source,
    reason,
    text: BAN_REASONS[reason],
    evidence,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    times,
  }));
}

/** Milliseconds that changes wait for company before they are written. */
const FLUSH_AFTER = 100;

/** Bans in a database file of their own: the journal may forget, a ban may not. */
export class BanFile implements BanStore {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** What is not written yet; null removes. Holds each source once, so it is bounded by the bans. */
  #changes = new Map<string, Ban | null>();
  #scheduled = false;

  constructor(options: { file: string; clock: Clock; onError: (error: unknown) => void }) {
    this.#clock = options.clock;
    this.#onError = options.onError;
    this.#database = openOwnSqlite(options.file);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    this.#database.exec(
      `CREATE TABLE IF NOT EXISTS bans (source TEXT PRIMARY KEY, reason TEXT NOT NULL, evidence INTEGER NOT NULL,
         since INTEGER NOT NULL, until INTEGER NOT NULL, times INTEGER NOT NULL)`,
    );
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?, ?, ?)');
    this.#drop = this.#database.prepare('DELETE FROM bans WHERE source = ?');
  }

  load(): Ban[] {
    return bansIn(this.#database);
  }

  save(ban: Ban): void {
    this.#change(ban.source, ban);
  }

  remove(source: string): void {
    this.#change(source, null);
  }

  close(): void {
    this.#flush();
    this.#database.close();
  }

  #change(source: string, ban: Ban | null): void {
    this.#changes.set(source, ban);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.after(FLUSH_AFTER, () => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const changes = this.#changes;
    if (changes.size === 0 || !this.#database.isOpen) return;
    this.#changes = new Map();
    try {
      this.#write(changes);
    } catch (error) {
      // The ban holds in memory all the same.
      this.#onError(error);
    }
  }

  #write(changes: ReadonlyMap<string, Ban | null>): void {
    this.#database.exec('BEGIN');
    try {
      for (const [source, ban] of changes) {
        if (ban) this.#put.run(source, ban.reason, ban.evidence, ban.since, ban.until, ban.times);
        else this.#drop.run(source);
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** The bans in a file that another thread writes. */
export function readBans(file: string): Ban[] {
  return readSqlite({ file, table: 'bans', none: [] }, bansIn);
}

function bansIn(database: DatabaseSync): Ban[] {
  return database
    .prepare('SELECT * FROM bans')
    .all()
    .map((row) => ({
      source: String(row['source']),
      reason: String(row['reason']) as BanReason,
      evidence: Number(row['evidence']),
      since: Number(row['since']),
      until: Number(row['until']),
      times: Number(row['times']),
    }));
}
