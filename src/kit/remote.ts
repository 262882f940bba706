import type { MessagePort, Transferable, Worker } from 'node:worker_threads';

/** A call of a method, and what became of it, on their way between threads: plain data. */
export interface Ask {
  readonly kind: 'ask';
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
type Reply = { readonly kind: 'reply'; readonly id: number } & (
  | { readonly value: unknown }
  | { readonly error: Error }
);

/** The thread that was asked has ended, and did not answer. */
export class ThreadLost extends Error {
  override name = 'ThreadLost';
}

/** Asks another thread. What it throws comes back as an Error of the same message. */
export class Asker {
  readonly #port: Pick<Worker | MessagePort, 'postMessage'>;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #asked = 0;
  #lost = false;

  constructor(port: Pick<Worker | MessagePort, 'postMessage'>) {
    this.#port = port;
  }

  /** Rejects with ThreadLost when the thread ends first. */
  ask(method: string, args: readonly unknown[], transfer: Transferable[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(new ThreadLost('the thread has ended'));
      const id = (this.#asked += 1);
      this.#port.postMessage({ kind: 'ask', id, method, args } satisfies Ask, transfer);
      return void this.#waiting.set(id, { resolve, reject });
    });
  }

  /** Whether the word was an answer. */
  hear(word: unknown): boolean {
    if (!isReply(word)) return false;
    const asker = this.#waiting.get(word.id);
    this.#waiting.delete(word.id);
    if ('error' in word) asker?.reject(word.error);
    else asker?.resolve(word.value);
    return true;
  }

  /** The thread has ended: nobody will answer. */
  lose(): void {
    this.#lost = true;
    for (const { reject } of this.#waiting.values()) reject(new ThreadLost('the thread has ended'));
    this.#waiting.clear();
  }
}

/** Answers what the other thread asks with `carryOut`, each as soon as it is done. */
export function answerAsks(port: MessagePort, carryOut: CarryOut): void {
  port.on('message', (ask: Ask) => void replyTo(port, ask, carryOut));
}

/** Does what a method is for; what it resolves to, or rejects with, goes back. */
type CarryOut = (method: string, args: readonly unknown[]) => Promise<unknown>;

/** Answers one question. */
export async function replyTo(port: MessagePort, { id, method, args }: Ask, carryOut: CarryOut): Promise<void> {
  const say = (reply: Reply): void => port.postMessage(reply, []);
  try {
    say({ kind: 'reply', id, value: await carryOut(method, args) });
  } catch (error) {
    say({ kind: 'reply', id, error: error instanceof Error ? error : new Error(String(error)) });
  }
}

function isReply(word: unknown): word is Reply {
  return (word as { kind?: unknown }).kind === 'reply';
}
