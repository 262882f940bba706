import type { Clock } from '../../../kit/clock.ts';
import { iso8601 } from '../dates.ts';
import { newSid } from '../sids.ts';
import { isOver, type CallRecord, type CallStatus } from './record.ts';
import { CallStore, type CallFilter } from './store.ts';

/** Milliseconds that changes wait for company before they are written. */
const FLUSH_AFTER = 200;

/** Changes that may wait while the disk is full; beyond, the newest are lost. */
const MOST_WAITING = 20_000;

/** What the API can do to a call that lives. */
export interface CallControl {
  /** Gives up the script and carries out this one; null where there is no script, as on a leg of a Dial. */
  readonly redirect: ((to: { url: string; method: 'GET' | 'POST' } | { twiml: string }) => void) | null;
  hangUp(): void;
}

/** A call that lives: its record, and the hands on it. */
export class LiveCall {
  /** Set by who has the call in hand. */
  control: CallControl | null = null;
  /** Resolves when it is over. */
  readonly over: Promise<void>;
  readonly #end = Promise.withResolvers<void>();
  #record: CallRecord;
  #answered: number | null = null;
  readonly #clock: Clock;
  readonly #changed: (record: CallRecord) => void;

  constructor(record: CallRecord, clock: Clock, changed: (record: CallRecord) => void) {
    this.over = this.#end.promise;
    this.#record = record;
    this.#clock = clock;
    this.#changed = changed;
    changed(record);
  }

  get record(): CallRecord {
    return this.#record;
  }

  get sid(): string {
    return this.#record.sid;
  }

  /** It rings, or talks. */
  becomes(status: 'ringing' | 'in-progress'): void {
    if (isOver(this.#record.status) || this.#record.status === status) return;
    if (status === 'in-progress') this.#answered ??= this.#clock.now();
    const now = iso8601(this.#clock.now());
    this.#put({ status, start_time: this.#record.start_time ?? now });
  }

  /** It is over, after `talked` milliseconds if that is known; only the first end counts. */
  end(status: CallStatus, talked = 0): void {
    if (isOver(this.#record.status)) return;
    const now = this.#clock.now();
    const measured = this.#answered === null ? 0 : now - this.#answered;
    this.#put({ status, end_time: iso8601(now), duration: Math.round((talked || measured) / 1000) });
    this.#end.resolve();
  }

  #put(changes: Partial<CallRecord>): void {
    this.#record = { ...this.#record, ...changes, date_updated: iso8601(this.#clock.now()) };
    this.#changed(this.#record);
  }
}

/** The account's calls: those that live, and the history, which outlives the process. Written off the path of calls. */
export class CallBook {
  readonly #store: CallStore;
  readonly #clock: Clock;
  readonly #live = new Map<string, LiveCall>();
  #waiting = new Map<string, CallRecord | null>();
  #scheduled = false;

  /** Calls of an earlier process cannot have survived it: they are written as ended. */
  constructor(file: string, clock: Clock) {
    this.#store = new CallStore(file);
    this.#clock = clock;
    const now = iso8601(clock.now());
    for (const record of this.#store.unfinished()) {
      const status = record.status === 'in-progress' ? 'completed' : 'failed';
      this.#note({ ...record, status, end_time: now, date_updated: now, duration: record.duration ?? 0 });
    }
    this.flush();
  }

  /** A new call. One that comes rings already. */
  open(
    call: Pick<CallRecord, 'from' | 'to' | 'direction' | 'parent_call_sid' | 'phone_number_sid' | 'trunk_sid'>,
    sid = this.newSid(),
  ): LiveCall {
    const now = iso8601(this.#clock.now());
    const record: CallRecord = {
      sid,
      ...call,
      status: call.direction === 'inbound' ? 'ringing' : 'queued',
      date_created: now,
      date_updated: now,
      start_time: call.direction === 'inbound' ? now : null,
      end_time: null,
      duration: null,
    };
    const live = new LiveCall(record, this.#clock, (changed) => this.#note(changed));
    this.#live.set(sid, live);
    return live;
  }

  newSid(): string {
    return newSid('CA', this.#clock.now());
  }

  /** A call that lives. */
  live(sid: string): LiveCall | undefined {
    return this.#live.get(sid);
  }

  get(sid: string): CallRecord | undefined {
    const waiting = this.#waiting.get(sid);
    return waiting === null ? undefined : (waiting ?? this.#store.get(sid));
  }

  /** As CallStore.list. */
  list(filter: CallFilter, page: { after?: string; skip: number; limit: number }): CallRecord[] {
    this.flush();
    return this.#store.list(filter, page);
  }

  /** Forgets a call that is over. */
  remove(sid: string): void {
    this.#waiting.set(sid, null);
    this.flush();
  }

  /** Writes what waits. A full disk costs the history, never a call. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    try {
      this.#store.write(this.#waiting);
      this.#waiting = new Map();
    } catch {
      for (const sid of [...this.#waiting.keys()].slice(MOST_WAITING)) this.#waiting.delete(sid);
    }
  }

  close(): void {
    this.flush();
    this.#store.close();
  }

  #note(record: CallRecord): void {
    if (isOver(record.status)) this.#live.delete(record.sid);
    this.#waiting.set(record.sid, record);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.after(FLUSH_AFTER, () => {
      this.#scheduled = false;
      this.flush();
    });
  }
}
