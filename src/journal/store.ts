import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openOwnSqlite } from '../kit/own-sqlite.ts';
import { eventsIn, SHELVES, type Kept, type Shelf } from './batch.ts';
import { Blocks } from './blocks.ts';
import { reportCall, type CallReport } from './call.ts';
import { NO_CALL, type CallEvent } from './event.ts';
import { adoptOldRows } from './old-rows.ts';

/** Events of admitted calls: about a million calls. */
const CALL_EVENTS = 5_000_000;

/** Events of what was refused, apart, so that no flood of it makes the journal forget a call. */
const REFUSAL_EVENTS = 200_000;

/** Counts: of packets that were not read, and of refusals that were not written one by one. */
const COUNT_EVENTS = 100_000;

/** Kilobytes of pages that SQLite keeps. */
const PAGE_CACHE = 8000;

/** Events looked through for each call wanted in a list. */
const EVENTS_PER_CALL = 100;

/** Events looked through for one page of decisions. */
const DECIDED_EVENTS = 500;

/** When and from where a trunk's equipment last sent OPTIONS. */
export interface Beat {
  readonly source: string;
  readonly at: number;
}

export interface CallPage {
  readonly calls: CallReport[];
  /** Pass as `before` to get the page of older calls; null on the last. */
  readonly next: number | null;
}

export interface DecidedPage {
  readonly decided: (CallEvent & { kind: 'decision' })[];
  /** Pass as `before` to get older ones; null when there are none. */
  readonly next: number | null;
}

/** The journal's own database file. Losing the last moments in a crash is allowed: calls do not depend on it. */
export class JournalStore {
  readonly #database: DatabaseSync;
  #shelves: Readonly<Record<Shelf, Blocks>>;
  readonly #putBeat: StatementSync;
  readonly #getBeat: StatementSync;
  #sequence: number;

  constructor(file: string) {
    const database = openOwnSqlite(file);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${PAGE_CACHE}`);
    database.exec(
      'CREATE TABLE IF NOT EXISTS heartbeats (trunk TEXT PRIMARY KEY, source TEXT NOT NULL, at INTEGER NOT NULL)',
    );
    this.#database = database;
    this.#shelves = openShelves(database);
    this.#putBeat = database.prepare('INSERT OR REPLACE INTO heartbeats (trunk, source, at) VALUES (?, ?, ?)');
    this.#getBeat = database.prepare('SELECT source, at FROM heartbeats WHERE trunk = ?');
    this.#sequence = Math.max(...Object.values(this.#shelves).map(({ last }) => last));
    this.#atOnce(() => adoptOldRows(database, ({ bytes }) => this.#add(bytes)));
  }

  /** Writes everything or nothing; `bytes` are those of a batch, which gets its places in the order of all events. */
  write(bytes: Buffer, beats: ReadonlyMap<string, Beat>): void {
    this.#atOnce(() => {
      this.#add(bytes);
      for (const [trunk, { source, at }] of beats) this.#putBeat.run(trunk, source, at);
    });
  }

  /** The call, or undefined when the journal does not know it. */
  call(callId: string): CallReport | undefined {
    return this.#reports([callId])[0];
  }

  /** The event of a decision. */
  decision(decisionId: string): CallEvent | undefined {
    const { calls, refusals } = this.#shelves;
    return calls.ofDecision(decisionId) ?? refusals.ofDecision(decisionId);
  }

  /** Calls, the one with the newest event first; one whose events lie far apart may be on more than one page. */
  calls({ before = Number.MAX_SAFE_INTEGER, limit }: { before?: number; limit: number }): CallPage {
    const found = new Set<string>();
    let oldest = before;
    let left = limit * EVENTS_PER_CALL;
    for (const { sequence, callId } of this.#newest(before)) {
      const isNew = callId !== NO_CALL && !found.has(callId);
      if (left === 0 || (isNew && found.size === limit)) return { calls: this.#reports([...found]), next: oldest };
      if (isNew) found.add(callId);
      oldest = sequence;
      left -= 1;
    }
    return { calls: this.#reports([...found]), next: null };
  }

  /** Decisions on calls since `since`, newest first, of the next events before `before`. */
  decided({ since, before = Number.MAX_SAFE_INTEGER }: { since: number; before: number | undefined }): DecidedPage {
    const decided: DecidedPage['decided'] = [];
    let [left, stale] = [DECIDED_EVENTS, 0];
    for (const kept of this.#newest(before)) {
      const event = kept.decisionName.length === 0 ? undefined : kept.event;
      if (event && event.at < since) stale += 1;
      else if (event?.kind === 'decision') decided.push(event);
      left -= 1;
      if (left === 0) return { decided, next: decided.length === 0 && stale > 0 ? null : kept.sequence };
    }
    return { decided, next: null };
  }

  /** Counts, newest first. */
  counts(limit: number): CallEvent[] {
    const events: CallEvent[] = [];
    for (const { event } of this.#shelves.counts.newest(Number.MAX_SAFE_INTEGER)) {
      if (events.length === limit) break;
      events.push(event);
    }
    return events;
  }

  heartbeat(trunk: string): Beat | undefined {
    const row = this.#getBeat.get(trunk);
    return row && { source: String(row['source']), at: Number(row['at']) };
  }

  close(): void {
    this.#database.close();
  }

  #add(bytes: Buffer): void {
    const added: Record<Shelf, Kept[]> = { calls: [], refusals: [], counts: [] };
    for (const event of eventsIn(bytes)) {
      this.#sequence += 1;
      event.sequence = this.#sequence;
      added[event.shelf].push(event);
    }
    for (const shelf of SHELVES) if (added[shelf].length > 0) this.#shelves[shelf].add(added[shelf]);
  }

  #atOnce(change: () => void): void {
    this.#database.exec('BEGIN');
    try {
      change();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      this.#shelves = openShelves(this.#database);
      throw error;
    }
  }

  /** The calls, in this order, without those that are not there. */
  #reports(callIds: readonly string[]): CallReport[] {
    const { calls, refusals } = this.#shelves;
    const kept = [...calls.ofCalls(callIds), ...refusals.ofCalls(callIds)].sort((a, b) => a.sequence - b.sequence);
    const byCall = Map.groupBy(kept, ({ callId }) => callId);
    return callIds.flatMap((callId) => {
      const events = byCall.get(callId);
      return events
        ? reportCall(
            callId,
            events.map(({ event }) => event),
          )
        : [];
    });
  }

  /** Events of calls and refusals before `before`, newest first. */
  *#newest(before: number): Generator<Kept> {
    const { calls, refusals } = this.#shelves;
    const [one, other] = [calls.newest(before), refusals.newest(before)];
    let [call, refusal] = [one.next(), other.next()];
    while (!call.done || !refusal.done) {
      if (!call.done && (refusal.done || call.value.sequence > refusal.value.sequence)) {
        yield call.value;
        call = one.next();
      } else if (!refusal.done) {
        yield refusal.value;
        refusal = other.next();
      }
    }
  }
}

function openShelves(database: DatabaseSync): Record<Shelf, Blocks> {
  return {
    calls: new Blocks(database, 'calls', CALL_EVENTS),
    refusals: new Blocks(database, 'refusals', REFUSAL_EVENTS),
    counts: new Blocks(database, 'counts', COUNT_EVENTS),
  };
}
