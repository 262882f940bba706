import { MessageChannel } from 'node:worker_threads';
import { mergeExpositions } from '../journal/merge-expositions.ts';
import { FIRST } from '../kit/peers.ts';
import type { Asker } from '../kit/remote.ts';
import type { Binding, WebSocketBinding } from '../sip/transport/transport.ts';
import type { CallFigures, CallPlane, CallPlaneFace, CallPlaneOptions } from './call-plane.ts';
import { CallThread, lostOnly, type CallThreadMethod } from './call-thread.ts';
import type { Surroundings } from './open-call-plane.ts';
import { SpareThread } from './spare-thread.ts';

interface CallPoolParts extends Surroundings {
  /** Told how long a thread was missing, in milliseconds. */
  readonly onReplaced: (took: number) => void;
}

/** Opens the part that serves calls in threads of its own, each of which is replaced when it dies. */
export async function openCallPool(options: CallPlaneOptions, parts: CallPoolParts): Promise<CallPlane> {
  const pool = new CallPool(options, parts);
  await pool.opened;
  return pool.plane;
}

class CallPool {
  readonly #threads: readonly CallThread[];
  readonly #first: CallThread;
  readonly #spare: SpareThread;
  readonly #stopFollowing: () => void;
  #bindings: readonly Binding[] = [];
  #webSockets: readonly WebSocketBinding[] = [];

  constructor(options: CallPlaneOptions, parts: CallPoolParts) {
    // Elsewhere than on Linux sockets that share a port do not share what comes to it.
    const count = process.platform === 'linux' ? options.settings.workers : 1;
    const spare = new SpareThread(parts.onError);
    const install = (thread: CallThread, asker: Asker): Promise<void> => this.#install(thread, asker);
    this.#spare = spare;
    this.#threads = Array.from(
      { length: count },
      (_, self) => new CallThread({ ...parts, options, place: { self, count }, spare, install }),
    );
    this.#first = this.#threads[FIRST] as CallThread;
    // A thread that dies before it answers is followed by one that has read the revision, which then says so.
    this.#stopFollowing = parts.ledger.follow(async (revision) => void (await this.#askAll('announce', [revision])), {
      ahead: true,
    });
  }

  get opened(): Promise<unknown> {
    return Promise.all(this.#threads.map((thread) => thread.opened));
  }

  /** What one thread owns for all is asked of the first. */
  get plane(): CallPlane {
    const own: Partial<CallPlane> = {
      listen: (bindings) => this.#listen(bindings),
      serveWebSockets: async (bindings) => {
        this.#webSockets = bindings;
        // Others tell telephones of them, though the first alone has the connections.
        await this.#askAll('serveWebSockets', [bindings]);
      },
      closeWebSockets: async () => void (await this.#askAll('closeWebSockets')),
      upgrade: (...upgrade) => this.#first.upgrade(...upgrade),
      state: async () => {
        const states = await this.#askAll<Awaited<ReturnType<CallPlaneFace['state']>>>('state');
        const revision = Math.min(...states.map((state) => state.revision));
        return { listening: states[FIRST]?.listening ?? [], revision };
      },
      figures: async () => {
        const all = await this.#askAll<CallFigures>('figures');
        const sum = (figure: 'calls' | 'callsPerSecond'): number => all.reduce((total, one) => total + one[figure], 0);
        const registrations = all[FIRST]?.registrations ?? 0;
        return { calls: sum('calls'), callsPerSecond: sum('callsPerSecond'), registrations };
      },
      metrics: async () => mergeExpositions(await this.#askAll<string>('metrics')),
      drain: async () => void (await this.#askAll('drain')),
      close: () => this.#close(),
    };
    return new Proxy(own as CallPlane, {
      get: (_, name: keyof CallPlaneFace | 'then') => {
        // Whoever awaits the plane itself must not ask the thread for it.
        if (name === 'then') return undefined;
        return own[name] ?? ((...args: readonly unknown[]) => this.#first.ask(name, args));
      },
    });
  }

  /** All answers, in the order of the threads. */
  async #askAll<Answer>(method: CallThreadMethod, args: readonly unknown[] = []): Promise<Answer[]> {
    const answers = await Promise.all(this.#threads.map((thread) => thread.ask(method, args)));
    return answers as Answer[];
  }

  /** The first one takes the ports for the gate; the others share them. */
  async #listen(bindings: readonly Binding[]): Promise<readonly Binding[]> {
    const got = (await this.#first.ask('listen', [bindings, false])) as readonly Binding[];
    this.#bindings = got;
    await Promise.all(this.#threads.map((thread) => thread.ask('listen', [got, true])));
    for (const { open } of this.#threads) void open?.ask('loadRest', []).catch(lostOnly);
    return got;
  }

  /** A thread that has just opened meets the others; one that takes the place of another goes on with what that did. */
  async #install(thread: CallThread, asker: Asker): Promise<void> {
    for (const other of this.#threads) {
      if (other === thread || !other.open) continue;
      const { port1, port2 } = new MessageChannel();
      void other.open.ask('meet', [thread.self, port1], [port1]).catch(lostOnly);
      void asker.ask('meet', [other.self, port2], [port2]).catch(lostOnly);
    }
    if (this.#bindings.length > 0) {
      await asker.ask('listen', [this.#bindings, this.#threads.length > 1]);
      void asker.ask('loadRest', []).catch(lostOnly);
    }
    if (this.#webSockets.length > 0) await asker.ask('serveWebSockets', [this.#webSockets]);
  }

  /** The first one last: what the others still have to tell, it writes down. */
  async #close(): Promise<void> {
    this.#stopFollowing();
    const [first, ...others] = this.#threads;
    await Promise.all(others.map((thread) => thread.close()));
    await first?.close();
    await this.#spare.close();
  }
}
