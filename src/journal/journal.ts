import { LRUCache } from 'lru-cache';
import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import { reportCall, type CallReport } from './call.ts';
import type { CallEvent, CallSink } from './event.ts';
import type { JournalMetrics } from './metrics.ts';
import { JournalStore, NO_CALL, type NewEvent } from './store.ts';

/** Milliseconds that events wait for company before they are written. */
const FLUSH_AFTER = 100;

/** Events that may wait; when more come, the newest are counted and dropped, so that a flood cannot fill memory. */
const MOST_WAITING = 50_000;

/** Trunks whose last heartbeat is kept in memory. */
const HEARTBEATS_CACHED = 10_000;

/** Events looked through for each call wanted in a list. */
const EVENTS_PER_CALL = 8;

export interface CallPage {
  readonly calls: CallReport[];
  /** Pass as `before` to get the page of older calls; null on the last. */
  readonly next: number | null;
}

/** What happened, and why: takes events off the path of the call, writes them in batches, tells them again. */
export class Journal implements CallSink {
  readonly #store: JournalStore;
  readonly #clock: Clock;
  readonly #metrics: JournalMetrics;
  #waiting: NewEvent[] = [];
  #beats = new Map<string, { source: string; at: number }>();
  readonly #lastBeats = new LRUCache<string, { source: string; at: number }>({ max: HEARTBEATS_CACHED });
  #scheduled = false;

  constructor(options: { file: string; clock: Clock; metrics: JournalMetrics }) {
    this.#store = new JournalStore(options.file);
    this.#clock = options.clock;
    this.#metrics = options.metrics;
  }

  record(event: CallEvent): void {
    this.#metrics.count(event);
    if (event.kind === 'registration' && event.routine) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#metrics.dropped.inc();
      return;
    }
    const decisionId = 'decision' in event ? event.decision.id : null;
    const callId = event.kind === 'registration' ? NO_CALL : event.callId;
    this.#waiting.push({ callId, decisionId, data: JSON.stringify(event) });
    this.#schedule();
  }

  heartbeat(trunk: string, source: string, at: number): void {
    this.#beats.set(trunk, { source, at });
    this.#lastBeats.set(trunk, { source, at });
    this.#schedule();
  }

  /** The last heartbeat of a trunk; undefined when there was none. */
  lastHeartbeat(trunk: string): { source: string; at: number } | undefined {
    return this.#lastBeats.get(trunk) ?? this.#store.heartbeat(trunk);
  }

  /** The call, or undefined when the journal does not know it. */
  call(callId: string): CallReport | undefined {
    this.flush();
    const events = this.#store.eventsOf(callId).map(parseEvent);
    return events.length > 0 ? reportCall(callId, events) : undefined;
  }

  /** A decision by the id that X-Tollgate-Decision tells; undefined when the journal does not know it. */
  decision(id: string): Decision | undefined {
    this.flush();
    const stored = this.#store.decisionEvent(id);
    const event = stored && parseEvent(stored);
    return event && 'decision' in event ? event.decision : undefined;
  }

  /** Calls, the one with the newest event first. */
  calls(query: { before?: number; limit: number }): CallPage {
    this.flush();
    const events = this.#store.newest(query.before ?? Number.MAX_SAFE_INTEGER, query.limit * EVENTS_PER_CALL);
    const found = [...new Set(events.map((event) => event.callId))].filter((id) => id !== '').slice(0, query.limit);
    const last = found.at(-1);
    const oldest = events.findLast((event) => event.callId === last);
    return {
      calls: found.flatMap((callId) => this.call(callId) ?? []),
      next: found.length === query.limit && oldest ? oldest.sequence : null,
    };
  }

  /** Packets that were not even read, newest first: which source, why and how many. */
  drops(limit: number): CallEvent[] {
    this.flush();
    return this.#store.newestOf('', limit).map(parseEvent);
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#waiting.length === 0 && this.#beats.size === 0) return;
    const events = this.#waiting;
    const beats = this.#beats;
    this.#waiting = [];
    this.#beats = new Map();
    try {
      this.#store.write(events, beats);
    } catch {
      // A full disk costs the journal its newest events, never a call.
      this.#metrics.dropped.inc(events.length);
    }
  }

  close(): void {
    this.flush();
    this.#store.close();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.after(FLUSH_AFTER, () => {
      this.#scheduled = false;
      this.flush();
    });
  }
}

function parseEvent(stored: { data: string }): CallEvent {
  return JSON.parse(stored.data) as CallEvent;
}
