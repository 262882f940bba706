import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What a relay does to the datagrams that pass. */
export interface RelayOptions {
  readonly loss: number;
  readonly duplication: number;
  /** Milliseconds; each datagram waits for a time of its own up to this, so that they overtake each other. */
  readonly delay: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** A bad stretch of network before one UDP port, for one side that talks to it. */
export class Relay implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly #front: Socket;
  readonly #back: Socket;
  readonly #options: RelayOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Datagrams that came, were lost, came twice, were overtaken. */
  readonly counts = { passed: 0, lost: 0, doubled: 0, overtaken: 0 };
  #client: { address: string; port: number } | null = null;
  #closed = false;

  private constructor(front: Socket, back: Socket, to: { address: string; port: number }, options: RelayOptions) {
    this.#front = front;
    this.#back = back;
    this.#options = options;
    ({ address: this.address, port: this.port } = front.address());
    front.on('message', (bytes, sender) => {
      this.#client = sender;
      this.#pass((): void => back.send(bytes, to.port, to.address));
    });
    back.on('message', (bytes) => {
      const client = this.#client;
      if (client) this.#pass((): void => front.send(bytes, client.port, client.address));
    });
  }

  /** Listens on `address` and talks to `to` from `from`. */
  static async open(
    address: string,
    to: { address: string; port: number },
    options: RelayOptions,
    from = address,
  ): Promise<Relay> {
    const sockets = [address, from].map((each) =>
      createSocket({ type: 'udp4', recvBufferSize: 4_000_000 }).bind(0, each),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    const [front, back] = sockets as [Socket, Socket];
    return new Relay(front, back, to, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const closed = [this.#front, this.#back].map((socket) => once(socket, 'close'));
    this.#front.close();
    this.#back.close();
    await Promise.all(closed);
  }

  #pass(send: () => void): void {
    const { loss, duplication, random } = this.#options;
    this.counts.passed += 1;
    if (random() < loss) {
      this.counts.lost += 1;
      return;
    }
    this.#later(send);
    if (random() >= duplication) return;
    this.counts.doubled += 1;
    this.#later(send);
  }

  #latest = 0;

  #later(send: () => void): void {
    const wait = this.#options.random() * this.#options.delay;
    const due = performance.now() + wait;
    if (due < this.#latest) this.counts.overtaken += 1;
    this.#latest = Math.max(this.#latest, due);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#closed) send();
    }, wait);
    this.#timers.add(timer);
  }
}
