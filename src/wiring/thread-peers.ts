import type { MessagePort, Transferable } from 'node:worker_threads';
import type { Peers } from '../kit/peers.ts';
import { Asker, replyTo, ThreadLost, type Ask } from '../kit/remote.ts';

type Hear = (word: never, from: number) => unknown;

/** Said without waiting for an answer. */
interface Tell {
  readonly kind: 'tell';
  readonly topic: string;
  readonly word: unknown;
}

/** Another thread, and the way to it. */
interface Other {
  readonly port: MessagePort;
  readonly asker: Asker;
}

/**
 * The other threads, each at the end of a port of its own. What is said to one that does not read waits in its port:
 * whoever passes on what strangers send asks, and bounds what is not answered yet.
 */
export class ThreadPeers implements Peers {
  readonly self: number;
  readonly count: number;
  readonly #onError: (error: unknown) => void;
  readonly #others = new Map<number, Other>();
  readonly #topics = new Map<string, Hear>();
  readonly #joined: ((thread: number) => void)[] = [];
  readonly #lost: ((thread: number) => void)[] = [];
  /** What came before this thread was ready for it; null afterwards. */
  #early: (() => void)[] | null = [];

  constructor(self: number, count: number, onError: (error: unknown) => void) {
    this.self = self;
    this.count = count;
    this.#onError = onError;
  }

  /** A thread that is there, or that took the place of one that ended. */
  meet(thread: number, port: MessagePort): void {
    // Its end may not have been noticed yet.
    this.#lose(thread);
    const other = { port, asker: new Asker(port) };
    this.#others.set(thread, other);
    port.on('message', (word: Tell | Ask) => {
      // Who was asked while this thread opens must be able to answer.
      if (!other.asker.hear(word)) this.#whenReady(() => this.#hear(word, thread, port));
    });
    port.once('close', () => {
      if (this.#others.get(thread) === other) this.#lose(thread);
    });
    this.#whenReady(() => this.#others.get(thread) === other && this.#call(this.#joined, thread));
  }

  /** Every part listens to its topics: from now on, and in its order, what others said is heard. */
  ready(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const hear of early) hear();
  }

  /** Says farewell to all. */
  close(): void {
    const others = [...this.#others.values()];
    this.#others.clear();
    for (const { port } of others) port.close();
  }

  tell(thread: number, topic: string, word: unknown, transfer: readonly Transferable[] = []): void {
    this.#others.get(thread)?.port.postMessage({ kind: 'tell', topic, word } satisfies Tell, [...transfer]);
  }

  tellAll(topic: string, word: unknown): void {
    for (const thread of this.#others.keys()) this.tell(thread, topic, word);
  }

  async ask(thread: number, topic: string, word: unknown): Promise<unknown> {
    const other = this.#others.get(thread);
    if (!other) throw new ThreadLost(`thread ${thread} is not there`);
    return other.asker.ask(topic, [word]);
  }

  on(topic: string, hear: Hear): void {
    this.#topics.set(topic, hear);
  }

  onJoined(told: (thread: number) => void): void {
    this.#joined.push(told);
  }

  onLost(told: (thread: number) => void): void {
    this.#lost.push(told);
  }

  #whenReady(hear: () => void): void {
    if (this.#early) this.#early.push(hear);
    else hear();
  }

  #hear(word: Tell | Ask, from: number, port: MessagePort): void {
    if (word.kind === 'ask') {
      void replyTo(port, word, async (topic, [asked]) => this.#topics.get(topic)?.(asked as never, from));
      return;
    }
    try {
      this.#topics.get(word.topic)?.(word.word as never, from);
    } catch (error) {
      this.#onError(error);
    }
  }

  #lose(thread: number): void {
    const other = this.#others.get(thread);
    if (!other) return;
    this.#others.delete(thread);
    other.port.close();
    other.asker.lose();
    this.#whenReady(() => this.#call(this.#lost, thread));
  }

  #call(told: readonly ((thread: number) => void)[], thread: number): void {
    for (const tell of told)
      try {
        tell(thread);
      } catch (error) {
        this.#onError(error);
      }
  }
}
