import type { Peers } from '../../kit/peers.ts';
import type { Channel } from './stream-flow.ts';
import type { Endpoint, TransportName } from './transport.ts';
import { Unproven } from './unproven.ts';

const TOPIC = 'connections';

type StreamTransport = Exclude<TransportName, 'udp'>;

/** What the others may do with a connection of ours. */
interface OwnConnection {
  readonly transport: StreamTransport;
  readonly remote: Endpoint;
  readonly closed: Promise<void>;
  write(bytes: Buffer): void;
}

/** What threads tell one another of their connections. */
type Word =
  /** One that came in: calls to that peer may go by it. */
  | { readonly kind: 'opened'; readonly id: number; readonly transport: StreamTransport; readonly remote: Endpoint }
  | { readonly kind: 'closed'; readonly id: number }
  /** To be written to one of the hearer's. */
  | { readonly kind: 'write'; readonly id: number; readonly bytes: Uint8Array };

/** The connections that other threads hold, and ours as they know them. */
export class ConnectionsElsewhere {
  readonly #peers: Peers;
  /** Ours by the number that the others know them by. */
  readonly #own = new Map<number, { readonly connection: OwnConnection; readonly accepted: boolean }>();
  readonly #numbers = new WeakMap<OwnConnection, number>();
  /** Those of each thread by its numbers. */
  readonly #theirs = new Map<number, Map<number, ConnectionElsewhere>>();
  readonly #byPeer = new Map<string, ConnectionElsewhere>();
  #last = 0;

  constructor(peers: Peers) {
    this.#peers = peers;
    peers.on(TOPIC, (word: Word, from) => this.#hear(word, from));
    peers.onJoined((thread) => {
      for (const [id, { connection, accepted }] of this.#own)
        if (accepted) peers.tell(thread, TOPIC, openedWord(id, connection));
    });
    peers.onLost((thread) => {
      for (const connection of this.#theirs.get(thread)?.values() ?? []) this.#forget(connection);
      this.#theirs.delete(thread);
    });
  }

  /** Tells the others of a connection of ours until it is closed; only one that was `accepted` leads calls to its peer. */
  add(connection: OwnConnection, accepted: boolean): void {
    const id = (this.#last += 1);
    this.#own.set(id, { connection, accepted });
    this.#numbers.set(connection, id);
    if (accepted) this.#peers.tellAll(TOPIC, openedWord(id, connection));
    void this.#tellOfEnd(id, connection);
  }

  numberOf(connection: OwnConnection): number | undefined {
    return this.#numbers.get(connection);
  }

  /** A connection that came in at another thread from this very peer. */
  find(transport: StreamTransport, remote: Endpoint): Channel | undefined {
    return this.#byPeer.get(keyOf(transport, remote));
  }

  /** The connection that a thread has handed a message over from: its peer lives. */
  heard(thread: number, id: number): Channel {
    const known = this.#theirs.get(thread)?.get(id) ?? this.#add(thread, id);
    known.heard();
    return known;
  }

  async #tellOfEnd(id: number, { closed }: OwnConnection): Promise<void> {
    await closed;
    this.#own.delete(id);
    this.#peers.tellAll(TOPIC, { kind: 'closed', id } satisfies Word);
  }

  #hear(word: Word, from: number): void {
    const { id } = word;
    if (word.kind === 'write') {
      this.#own.get(id)?.connection.write(Buffer.from(word.bytes));
    } else if (word.kind === 'opened') {
      const connection = this.#theirs.get(from)?.get(id) ?? this.#add(from, id);
      connection.key = keyOf(word.transport, word.remote);
      this.#byPeer.set(connection.key, connection);
    } else {
      const connection = this.#theirs.get(from)?.get(id);
      this.#theirs.get(from)?.delete(id);
      if (connection) this.#forget(connection);
    }
  }

  #add(thread: number, id: number): ConnectionElsewhere {
    const made = new ConnectionElsewhere((bytes) =>
      this.#peers.tell(thread, TOPIC, { kind: 'write', id, bytes } satisfies Word),
    );
    const theirs = this.#theirs.get(thread) ?? new Map<number, ConnectionElsewhere>();
    this.#theirs.set(thread, theirs.set(id, made));
    return made;
  }

  #forget(connection: ConnectionElsewhere): void {
    if (this.#byPeer.get(connection.key) === connection) this.#byPeer.delete(connection.key);
    connection.close();
  }
}

/**
 * One that another thread holds. That thread bounds what waits for the peer, and closes the connection when the peer
 * does not read; then everything that was not answered has failed.
 */
class ConnectionElsewhere implements Channel {
  key = '';
  readonly #write: (bytes: Uint8Array) => void;
  readonly #unproven = new Unproven();
  open = true;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  write(bytes: Buffer, onError?: (error: Error) => void): void {
    if (!this.open) return void (onError && setImmediate(onError, new Error('connection is closed')));
    // To send a view means to send the whole pool that it lies in.
    this.#write(new Uint8Array(bytes));
    if (onError) this.#unproven.await(onError);
  }

  heard(): void {
    this.#unproven.proven();
  }

  close(): void {
    this.open = false;
    this.#unproven.closed();
  }
}

function openedWord(id: number, { transport, remote }: OwnConnection): Word {
  return { kind: 'opened', id, transport, remote };
}

function keyOf(transport: StreamTransport, { address, port }: Endpoint): string {
  return `${transport} ${address} ${port}`;
}
