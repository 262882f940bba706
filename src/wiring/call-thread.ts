import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { SpendingAlarm } from '../edge/spending/spending.ts';
import type { CallEvent } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import { lendSocket, type ConnectionStream, type SocketEnds } from '../kit/lent-socket.ts';
import { Asker, ThreadLost } from '../kit/remote.ts';
import type { Revision } from '../ledger/ledger.ts';
import type { Binding } from '../sip/transport/transport.ts';
import type { CallPlaneFace, CallPlaneOptions } from './call-plane.ts';
import type { Surroundings } from './open-call-plane.ts';
import type { SpareThread } from './spare-thread.ts';

/** Times within a minute that a thread which died is replaced; afterwards the gate ends, for it would serve nobody. */
const MOST_DEATHS = 5;
const MINUTE = 60_000;

/** Milliseconds before a thread that could not open, or lived no longer than this, is replaced; any other is at once. */
const PAUSE = 500;

/** Milliseconds after a thread has opened until a spare one is started, so that it takes nothing from the start. */
const SPARE_AFTER = 1000;

/** What the thread says by itself. */
export type CallThreadWord =
  | { readonly kind: 'error'; readonly error: Error }
  | { readonly kind: 'alarm'; readonly alarm: SpendingAlarm }
  /** Something happened to a call. */
  | { readonly kind: 'call'; readonly event: CallEvent };

/** A connection that asks to become a WebSocket, and the way to it. */
export interface LentUpgrade {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly ends: SocketEnds;
  readonly head: Uint8Array;
  readonly secure: boolean;
  readonly port: MessagePort;
}

/** Which of the threads it is, and how many there are. */
export interface CallThreadPlace {
  readonly self: number;
  readonly count: number;
}

/** What the thread is asked besides. */
export interface CallThreadFace {
  open(options: CallPlaneOptions, place: CallThreadPlace): Promise<void>;
  /** Another thread is there, at the other end of the port. */
  meet(thread: number, port: MessagePort): Promise<void>;
  /** As that of the plane; `joins`: other threads have these open. Asked again, it changes nothing. */
  listen(bindings: readonly Binding[], joins: boolean): Promise<readonly Binding[]>;
  /** A revision of the ledger; resolves when calls are decided by it. */
  announce(revision: Revision): Promise<void>;
  takeWebSocket(upgrade: LentUpgrade): Promise<void>;
  /** Reads the modules that were put off. */
  loadRest(): Promise<void>;
  /** Closes the plane and ends. */
  close(): Promise<void>;
}

export type CallThreadMethod = keyof CallPlaneFace | keyof CallThreadFace;

interface CallThreadParts extends Surroundings {
  readonly options: CallPlaneOptions;
  readonly place: CallThreadPlace;
  /** Told how long calls were not served, in milliseconds. */
  readonly onReplaced: (took: number) => void;
  readonly spare: SpareThread;
  /** Has a thread that has just opened do what the others do, or what the one before did. */
  readonly install: (thread: CallThread, asker: Asker) => Promise<void>;
}

/** A thread that serves calls. When it dies another takes its place. */
export class CallThread {
  readonly #parts: CallThreadParts;
  /** The thread that is open, or will be. */
  #current: Promise<Asker>;
  #open: Asker | null = null;
  #openedAt = 0;
  #deaths: number[] = [];
  #closing = false;
  readonly #over = Promise.withResolvers<void>();

  constructor(parts: CallThreadParts) {
    this.#parts = parts;
    this.#current = this.#start();
    this.#current.catch(() => {});
  }

  get self(): number {
    return this.#parts.place.self;
  }

  get opened(): Promise<unknown> {
    return this.#current;
  }

  /** The thread that is there now; null between one and the next. */
  get open(): Asker | null {
    return this.#open;
  }

  /** Asks the thread; again that in its place when it dies before it answers. */
  async ask(method: CallThreadMethod, args: readonly unknown[]): Promise<unknown> {
    for (;;) {
      const asker = await this.#current;
      try {
        return await asker.ask(method, args);
      } catch (error) {
        if (!(error instanceof ThreadLost) || this.#closing) throw error;
      }
    }
  }

  upgrade(request: IncomingMessage, socket: ConnectionStream, head: Buffer, secure: boolean): void {
    if (!this.#open) return void socket.destroy();
    const { port1, port2 } = new MessageChannel();
    const { method, url, headers } = request;
    const ends = lendSocket(socket, port1);
    const upgrade: LentUpgrade = { method, url, headers, ends, head: new Uint8Array(head), secure, port: port2 };
    this.#open.ask('takeWebSocket', [upgrade], [port2]).catch(() => socket.destroy());
  }

  async close(): Promise<void> {
    this.#closing = true;
    const asker = await this.#current;
    await asker.ask('close', []).catch(lostOnly);
    await this.#over.promise;
  }

  /** Starts a thread, and has it serve what the one before served. */
  async #start(): Promise<Asker> {
    const { onAlarm, onCallEvent, onError, clock, spare, options, place, install } = this.#parts;
    const worker = spare.take();
    const asker = new Asker(worker);
    worker.on('message', (word: CallThreadWord) => {
      if (asker.hear(word)) return;
      if (word.kind === 'call') onCallEvent(word.event);
      else if (word.kind === 'alarm') onAlarm(word.alarm);
      else onError(word.error);
    });
    const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    void exit.then(() => asker.lose());
    try {
      await asker.ask('open', [options, place]);
      this.#open = asker;
      await install(this, asker);
    } catch (error) {
      this.#open = null;
      await worker.terminate();
      throw error;
    }
    this.#openedAt = clock.now();
    void exit.then(() => this.#lost());
    clock.after(SPARE_AFTER, () => spare.keep());
    return asker;
  }

  #lost(): void {
    this.#open = null;
    if (this.#closing) return this.#over.resolve();
    this.#parts.onError(new Error('the thread that serves calls died'));
    this.#current = this.#replace();
  }

  async #replace(): Promise<Asker> {
    const { clock, onError, onReplaced } = this.#parts;
    const diedAt = clock.now();
    for (;;) {
      const now = clock.now();
      this.#deaths = [...this.#deaths.filter((at) => now - at < MINUTE), now];
      if (this.#deaths.length > MOST_DEATHS) endGate();
      if (now - this.#openedAt < PAUSE || now > diedAt) await pause(clock);
      try {
        const asker = await this.#start();
        onReplaced(clock.now() - diedAt);
        return asker;
      } catch (error) {
        onError(error);
      }
    }
  }
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(PAUSE, resolve));
}

/** Lets it be when the thread ended. */
export function lostOnly(error: unknown): void {
  if (!(error instanceof ThreadLost)) throw error;
}

/** As a fault in the only thread would: whoever supervises the process starts it anew. */
function endGate(): void {
  process.nextTick(() => {
    throw new Error('the thread that serves calls died too often');
  });
}
