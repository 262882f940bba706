import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { SpendingAlarm } from '../edge/spending/spending.ts';
import type { CallEvent } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import { lendSocket, type ConnectionStream, type SocketEnds } from '../kit/lent-socket.ts';
import { Asker, ThreadLost } from '../kit/remote.ts';
import type { Revision } from '../ledger/ledger.ts';
import type { Binding, WebSocketBinding } from '../sip/transport/transport.ts';
import type { CallPlane, CallPlaneFace, CallPlaneOptions } from './call-plane.ts';
import type { Surroundings } from './open-call-plane.ts';

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

/** What the thread is asked besides. */
export interface CallThreadFace {
  open(options: CallPlaneOptions): Promise<void>;
  /** A revision of the ledger; resolves when calls are decided by it. */
  announce(revision: Revision): Promise<void>;
  takeWebSocket(upgrade: LentUpgrade): Promise<void>;
  /** Reads the modules that were put off. */
  loadRest(): Promise<void>;
  /** Closes the plane and ends. */
  close(): Promise<void>;
}

interface CallThreadParts extends Surroundings {
  /** Told how long calls were not served, in milliseconds. */
  readonly onReplaced: (took: number) => void;
  /** Starts the thread. */
  readonly start?: () => Worker;
}

/**
 * Opens the part that serves calls in a thread of its own, and replaces the thread when it dies: by a spare one that has
 * read its modules, which takes longer than all else.
 */
export async function openCallThread(options: CallPlaneOptions, parts: CallThreadParts): Promise<CallPlane> {
  const thread = new CallThread(options, parts);
  await thread.opened;
  return thread.plane;
}

class CallThread {
  readonly #options: CallPlaneOptions;
  readonly #parts: CallThreadParts;
  readonly #stopFollowing: () => void;
  /** The thread that is open, or will be. */
  #current: Promise<Asker>;
  /** The one that is open now. */
  #open: Asker | null = null;
  #bindings: readonly Binding[] = [];
  #webSockets: readonly WebSocketBinding[] = [];
  #openedAt = 0;
  #deaths: number[] = [];
  #spare: Worker | null = null;
  #closing = false;
  readonly #over = Promise.withResolvers<void>();

  constructor(options: CallPlaneOptions, parts: CallThreadParts) {
    this.#options = options;
    this.#parts = parts;
    this.#current = this.#start();
    this.#current.catch(() => {});
    // A thread that dies before it answers is followed by one that has read the revision, which then says so.
    this.#stopFollowing = parts.ledger.follow(async (revision) => void (await this.#ask('announce', [revision])), {
      ahead: true,
    });
  }

  get opened(): Promise<unknown> {
    return this.#current;
  }

  get plane(): CallPlane {
    const own: Partial<CallPlane> = {
      listen: async (bindings) => {
        this.#bindings = (await this.#ask('listen', [bindings])) as readonly Binding[];
        void this.#ask('loadRest', []).catch(lostOnly);
        return this.#bindings;
      },
      serveWebSockets: async (bindings) => {
        this.#webSockets = bindings;
        await this.#ask('serveWebSockets', [bindings]);
      },
      upgrade: (...upgrade) => this.#upgrade(...upgrade),
      close: () => this.#close(),
    };
    return new Proxy(own as CallPlane, {
      get: (_, name: keyof CallPlaneFace | 'then') => {
        // Whoever awaits the plane itself must not ask the thread for it.
        if (name === 'then') return undefined;
        return own[name] ?? ((...args: readonly unknown[]) => this.#ask(name, args));
      },
    });
  }

  async #ask(method: keyof CallPlaneFace | keyof CallThreadFace, args: readonly unknown[]): Promise<unknown> {
    for (;;) {
      const asker = await this.#current;
      try {
        return await asker.ask(method, args);
      } catch (error) {
        if (!(error instanceof ThreadLost) || this.#closing) throw error;
      }
    }
  }

  #upgrade(request: IncomingMessage, socket: ConnectionStream, head: Buffer, secure: boolean): void {
    if (!this.#open) return void socket.destroy();
    const { port1, port2 } = new MessageChannel();
    const { method, url, headers } = request;
    const ends = lendSocket(socket, port1);
    const upgrade: LentUpgrade = { method, url, headers, ends, head: new Uint8Array(head), secure, port: port2 };
    this.#open.ask('takeWebSocket', [upgrade], [port2]).catch(() => socket.destroy());
  }

  async #close(): Promise<void> {
    this.#stopFollowing();
    this.#closing = true;
    const asker = await this.#current;
    await asker.ask('close', []).catch(lostOnly);
    await this.#over.promise;
    await this.#spare?.terminate();
  }

  /** Starts a thread, and has it serve what the one before served. */
  async #start(): Promise<Asker> {
    const { onAlarm, onCallEvent, onError, clock } = this.#parts;
    const worker = this.#spare ?? this.#newWorker();
    this.#spare = null;
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
      await asker.ask('open', [this.#options]);
      if (this.#bindings.length > 0) {
        await asker.ask('listen', [this.#bindings]);
        void asker.ask('loadRest', []).catch(lostOnly);
      }
      if (this.#webSockets.length > 0) await asker.ask('serveWebSockets', [this.#webSockets]);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    this.#open = asker;
    this.#openedAt = clock.now();
    void exit.then(() => this.#lost());
    clock.after(SPARE_AFTER, () => this.#keepSpare());
    return asker;
  }

  #newWorker(): Worker {
    const { start = startWorker, onError } = this.#parts;
    const worker = start();
    worker.once('error', onError);
    return worker;
  }

  #keepSpare(): void {
    if (this.#closing || this.#spare) return;
    const spare = this.#newWorker();
    this.#spare = spare;
    spare.once('exit', () => {
      if (this.#spare === spare) this.#spare = null;
    });
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

function startWorker(): Worker {
  // The folder that Node was told of holds one for each version of it.
  const versioned = getCompileCacheDir();
  const compileCache = versioned === undefined ? null : dirname(versioned);
  return new Worker(new URL('./call-worker.ts', import.meta.url), { name: 'calls', workerData: { compileCache } });
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(PAUSE, resolve));
}

function lostOnly(error: unknown): void {
  if (!(error instanceof ThreadLost)) throw error;
}

/** As a fault in the only thread would: whoever supervises the process starts it anew. */
function endGate(): void {
  process.nextTick(() => {
    throw new Error('the thread that serves calls died too often');
  });
}
