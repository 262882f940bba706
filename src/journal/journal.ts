import type { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../kit/clock.ts';
import { maskNumbers } from '../kit/mask-numbers.ts';
import { ALONE, FIRST, type Peers } from '../kit/peers.ts';
import { Recent } from '../kit/recent.ts';
import { startThread, WritingThread, type WritingThreadParts } from '../kit/writing-thread.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import { Batch, printEvent, type Shelf } from './batch.ts';
import type { CallReport } from './call.ts';
import { CallMeter } from './call-meter.ts';
import { NO_CALL, type CallEvent, type CallSink } from './event.ts';
import type { JournalMetrics } from './metrics.ts';
import { isQuotaed, RefusalQuota } from './refusal-quota.ts';
import type { Order, Question, Word } from './orders.ts';
import { WriterAtFirst, WriterOfAll, type Writer } from './shared-writer.ts';
import type { Beat, CallPage, DecidedPage } from './store.ts';

/** Milliseconds that events wait for company before they are handed to be written: a crash loses no more, on a disk that keeps up. */
const FLUSH_AFTER = 100;

/** Bytes of events that are handed over without waiting longer. */
const BATCH = 256 * 1024;

/** Bytes of events that may wait to be written; when more come, the newest are counted and dropped. */
const MOST_WAITING = 32 * 1024 * 1024;

/** Likewise of refusals, so that a flood of them leaves room for calls. */
const MOST_REFUSALS_WAITING = 8 * 1024 * 1024;

/** Trunks whose last heartbeat is kept in memory. */
const HEARTBEATS_CACHED = 10_000;

/** Members of an event that hold names and addresses: numbers in them are none of a telephone. */
const NAMES: ReadonlySet<string> = new Set([
  'id',
  'callId',
  'parent',
  'trunk',
  'account',
  'address',
  'target',
  'host',
  'application',
]);

interface JournalOptions {
  /** Opened by the first thread alone: it writes what happens in the others. */
  readonly file: string;
  readonly clock: Clock;
  readonly metrics: JournalMetrics;
  /** Whether telephone numbers are written whole, or without their last four digits. */
  readonly numbers?: 'whole' | 'masked';
  /** Starts the thread that writes. */
  readonly start?: (file: string) => Worker;
  /** The other threads that serve calls; there are none when absent. */
  readonly peers?: Peers;
  readonly onError: (error: unknown) => void;
}

interface Reader {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * What happened, and why: takes events off the path of the call, has them written in batches by a thread of its own,
 * and tells them again. What is read holds all that was recorded before, in whichever thread; only the first one reads.
 */
export class Journal implements CallSink {
  readonly #clock: Clock;
  readonly #metrics: JournalMetrics;
  readonly #writer: Writer;
  /** Of several threads: has the others hand over what they recorded. */
  #gather: ((counted: boolean) => Promise<void>) | null = null;
  /** Threads that what may wait is shared by. */
  readonly #threads: number;
  readonly #numbers: ((name: string, value: unknown) => unknown) | undefined;
  readonly #quota: RefusalQuota;
  readonly #meter = new CallMeter();
  #batch = new Batch();
  /** Bytes of one that was written. */
  #spare: ArrayBuffer | undefined;
  /** Batches under way to the disk, oldest first. */
  readonly #sent: { readonly events: number; readonly size: number }[] = [];
  /** Bytes in all of them. */
  #sentSize = 0;
  #beats = new Map<string, Beat>();
  readonly #lastBeats = new Recent<string, Beat>(HEARTBEATS_CACHED);
  readonly #readers = new Map<number, Reader>();
  #questions = 0;
  #flush: Timer | undefined;
  /** Nobody will write any more. */
  #ended = false;

  constructor(options: JournalOptions) {
    const { file, clock, metrics, numbers = 'whole', start = startWriter, peers = ALONE, onError } = options;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#numbers = numbers === 'masked' ? masked : undefined;
    this.#quota = new RefusalQuota(clock, (event) => this.#put(event, 'counts'));
    this.#threads = peers.count;
    const parts = {
      start: () => start(file),
      clock,
      onWord: (word: Word) => this.#hear(word),
      onLost: (restarts: boolean) => this.#lost(restarts),
      onRestart: () => {
        metrics.restarts.inc();
        this.#handOver();
      },
      onError,
    };
    this.#writer = peers.count === 1 ? new WritingThread<Order, Word>(parts) : this.#share(parts, peers);
  }

  /** Resolves when the file is open; rejects when it cannot be. */
  get opened(): Promise<void> {
    return this.#writer.opened;
  }

  /** Never waits: the event is on its way when this returns. */
  record(event: CallEvent): void {
    this.#metrics.count(event);
    if (event.kind === 'decision' && event.decision.verdict === 'admit') this.#meter.add(event.at);
    if (event.kind === 'registration' && event.routine) return;
    if (isQuotaed(event) && !this.#quota.take(event)) return this.#metrics.summed.inc();
    this.#put(event, shelfOf(event));
  }

  /** Calls that are admitted in a second, of late. */
  callsPerSecond(): number {
    return this.#meter.perSecond(this.#clock.now());
  }

  heartbeat(trunk: string, source: string, at: number): void {
    this.#beats.set(trunk, { source, at });
    this.#lastBeats.set(trunk, { source, at });
    this.#schedule();
  }

  /** The last heartbeat of a trunk; undefined when there was none. */
  async lastHeartbeat(trunk: string): Promise<Beat | undefined> {
    return this.#lastBeats.get(trunk) ?? this.#ask<Beat | undefined>({ of: 'heartbeat', trunk });
  }

  /** The call, or undefined when the journal does not know it. */
  call(callId: string): Promise<CallReport | undefined> {
    return this.#ask({ of: 'call', callId });
  }

  /** A decision by the id that X-Tollgate-Decision tells; undefined when the journal does not know it. */
  async decision(id: string): Promise<Decision | undefined> {
    const event = await this.#ask<CallEvent | undefined>({ of: 'decision', id });
    return event && 'decision' in event ? event.decision : undefined;
  }

  /** Calls, the one with the newest event first. */
  calls({ before, limit }: { before?: number; limit: number }): Promise<CallPage> {
    return this.#ask({ of: 'calls', before, limit });
  }

  /** Decisions on calls since `since` (ms) in rows before `before`, newest first; some rows have none. */
  decided(query: { since: number; before?: number }): Promise<DecidedPage> {
    return this.#ask({ of: 'decided', since: query.since, before: query.before });
  }

  /** Packets that were not even read, and refusals that were only counted, newest first: which source, why and how many. */
  drops(limit: number): Promise<CallEvent[]> {
    this.#quota.tell();
    return this.#ask({ of: 'counts', limit });
  }

  /** Has everything written and lets go of the file. */
  async close(): Promise<void> {
    this.#quota.tell();
    this.#handOver();
    this.#ended = true;
    this.#drop();
    await this.#writer.close();
  }

  #share(parts: WritingThreadParts<Word>, peers: Peers): Writer {
    if (peers.self !== FIRST) {
      const handOver = (counted: boolean): void => {
        if (counted) this.#quota.tell();
        this.#handOver();
      };
      return new WriterAtFirst({ ...parts, handOver }, peers);
    }
    const onBeats = (beats: ReadonlyMap<string, Beat>): void => {
      for (const [trunk, beat] of beats) this.#lastBeats.set(trunk, beat);
    };
    const writer = new WriterOfAll({ ...parts, onBeats }, peers);
    this.#gather = (counted) => writer.gather(counted);
    return writer;
  }

  #put(event: CallEvent, shelf: Shelf): void {
    const waiting = (this.#batch.size + this.#sentSize) * this.#threads;
    if (waiting >= (shelf === 'refusals' ? MOST_REFUSALS_WAITING : MOST_WAITING)) return this.#metrics.dropped.inc();
    this.#batch.add({
      shelf,
      callId: event.kind === 'registration' ? NO_CALL : event.callId,
      decisionId: 'decision' in event ? event.decision.id : '',
      data: this.#numbers ? JSON.stringify(withoutAttempt(event), this.#numbers) : printEvent(event),
    });
    if (this.#batch.size >= BATCH) this.#handOver();
    else this.#schedule();
  }

  #schedule(): void {
    this.#flush ??= this.#clock.after(FLUSH_AFTER, () => this.#handOver());
  }

  #handOver(): void {
    this.#flush?.cancel();
    this.#flush = undefined;
    const { events, size, bytes } = this.#batch;
    if (events === 0 && this.#beats.size === 0) return;
    if (this.#ended) return this.#drop();
    // The next one gets them.
    if (this.#writer.isAway) return;
    this.#writer.order({ kind: 'write', bytes, beats: this.#beats }, [bytes.buffer]);
    this.#sent.push({ events, size });
    this.#sentSize += size;
    this.#forget();
  }

  #ask<Value>(question: Question): Promise<Value> {
    if (!this.#gather) return this.#askNow(question);
    return this.#gather(question.of === 'counts').then(() => this.#askNow(question));
  }

  #askNow<Value>(question: Question): Promise<Value> {
    this.#handOver();
    const id = (this.#questions += 1);
    return new Promise((resolve, reject) => {
      if (this.#ended || !this.#writer.order({ kind: 'read', id, question })) return reject(this.#absence());
      this.#readers.set(id, { resolve: (value) => resolve(value as Value), reject });
    });
  }

  #hear(word: Word): void {
    if (word.kind === 'written') {
      this.#spare = word.bytes.buffer;
      return this.#written(word.lost);
    }
    const reader = this.#readers.get(word.id);
    this.#readers.delete(word.id);
    if (word.kind === 'answer') reader?.resolve(word.value);
    else reader?.reject(new Error(word.message));
  }

  #written(lost: boolean): void {
    const batch = this.#sent.shift();
    if (!batch) return;
    this.#sentSize -= batch.size;
    if (lost) this.#metrics.dropped.inc(batch.events);
  }

  /** What the thread had not said to be written is taken for lost. */
  #lost(restarts: boolean): void {
    this.#ended ||= !restarts;
    while (this.#sent.length > 0) this.#written(true);
    for (const { reject } of this.#readers.values()) reject(this.#absence());
    this.#readers.clear();
    if (this.#ended) this.#drop();
  }

  #absence(): Error {
    return new Error(this.#ended ? 'the journal is closed' : 'the journal is being opened again');
  }

  /** What still waits for a thread that will not come. */
  #drop(): void {
    this.#metrics.dropped.inc(this.#batch.events);
    this.#forget();
  }

  #forget(): void {
    this.#batch = new Batch(this.#spare);
    this.#spare = undefined;
    this.#beats = new Map();
  }
}

/** Starts the thread that writes to `file`. */
export function startWriter(file: string): Worker {
  return startThread(new URL('./writer.ts', import.meta.url), 'journal', { file });
}

/** For JSON: what is written of an event where telephone numbers are nobody's business. */
function masked(name: string, value: unknown): unknown {
  return typeof value === 'string' && !NAMES.has(name) ? maskNumbers(value) : value;
}

/** A call whose numbers are masked cannot be judged again. */
function withoutAttempt(event: CallEvent): CallEvent {
  return event.kind === 'decision' ? { ...event, attempt: undefined } : event;
}

/** Where an event is kept: with the calls that were let through, or with what was not. */
function shelfOf(event: CallEvent): Shelf {
  if (event.kind === 'decision' || event.kind === 'transfer' || event.kind === 'forwarding')
    return event.decision.verdict === 'admit' ? 'calls' : 'refusals';
  if (event.kind === 'registration') return event.status < 300 ? 'calls' : 'refusals';
  if (event.kind === 'drop' && event.callId === NO_CALL) return 'counts';
  return isQuotaed(event) ? 'refusals' : 'calls';
}
