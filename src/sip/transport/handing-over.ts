import { FIRST, threadOf, type Peers } from '../../kit/peers.ts';
import { ThreadLost } from '../../kit/remote.ts';
import { SipRequest, type SipMessage } from '../message/message.ts';
import { threadOfBranch } from '../transaction/keys.ts';
import type { Endpoint, TransportName } from './transport.ts';

const TOPIC = 'sip';

/** Bytes on their way to a thread that has not read them; beyond it, messages are lost as in a full receive buffer. */
const MOST_UNREAD = 4 * 1024 * 1024;

/** How a message came. */
export interface Arrival {
  readonly transport: TransportName;
  /** Where from, and which of our endpoints it came to. */
  readonly source: Endpoint;
  readonly local: Endpoint;
  /** The connection that it came by, and what its peer's certificate proves. */
  readonly connection?: number | undefined;
  readonly names?: readonly string[] | undefined;
}

/** A message on its way: flat, for to copy objects costs more than all else here. */
type Handed = readonly [
  text: string,
  transport: TransportName,
  address: string,
  port: number,
  localAddress: string,
  localPort: number,
  connection: number | undefined,
  names: readonly string[] | undefined,
];

/** What goes to one thread at the end of this turn of the event loop. */
interface Waiting {
  batch: Handed[];
  /** Bytes of what it was given and has not read yet. */
  unread: number;
}

interface HandingOverParts {
  readonly peers: Peers;
  /** Whether FIRST has every call now. */
  readonly onlyFirst: () => boolean;
  /** Takes in what came by a socket of another thread. */
  readonly take: (message: Buffer, arrival: Arrival, from: number) => void;
  readonly lost: (transport: TransportName) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Brings each message to the thread that has its call, whichever of them it came to: a request by its Call-ID, and a
 * response to who sent the request. Registrations are FIRST's.
 */
export class HandingOver {
  readonly #parts: HandingOverParts;
  readonly #waiting = new Map<number, Waiting>();

  constructor(parts: HandingOverParts) {
    this.#parts = parts;
    parts.peers.on(TOPIC, (batch: readonly Handed[], from) => this.#take(batch, from));
    parts.peers.onLost((thread) => void this.#waiting.delete(thread));
  }

  /** False when the message belongs to this very thread. */
  handsOver(message: SipMessage, arrival: Arrival): boolean {
    const owner = this.#ownerOf(message);
    if (owner === this.#parts.peers.self) return false;
    const waiting = this.#waitingFor(owner);
    const text = message.print();
    if (waiting.unread + text.length > MOST_UNREAD) {
      this.#parts.lost(arrival.transport);
      return true;
    }
    waiting.unread += text.length;
    if (waiting.batch.length === 0) setImmediate(() => void this.#give(owner, waiting));
    const { transport, source, local, connection, names } = arrival;
    waiting.batch.push([text, transport, source.address, source.port, local.address, local.port, connection, names]);
    return true;
  }

  #ownerOf(message: SipMessage): number {
    const { self, count } = this.#parts.peers;
    if (!(message instanceof SipRequest)) return threadOfBranch(message, count) ?? self;
    if (message.method === 'REGISTER' || this.#parts.onlyFirst()) return FIRST;
    const { callId } = message;
    return callId === undefined ? self : threadOf(callId, count);
  }

  #waitingFor(thread: number): Waiting {
    const known = this.#waiting.get(thread);
    if (known) return known;
    const made = { batch: [], unread: 0 };
    this.#waiting.set(thread, made);
    return made;
  }

  async #give(owner: number, waiting: Waiting): Promise<void> {
    const { peers, onError } = this.#parts;
    const { batch } = waiting;
    waiting.batch = [];
    try {
      await peers.ask(owner, TOPIC, batch);
    } catch (error) {
      // What was on its way to a thread that ended is lost: who sent it over UDP sends it again.
      if (!(error instanceof ThreadLost)) onError(error);
    }
    for (const [text] of batch) waiting.unread -= text.length;
  }

  #take(batch: readonly Handed[], from: number): void {
    for (const [text, transport, address, port, localAddress, localPort, connection, names] of batch)
      this.#parts.take(
        Buffer.from(text, 'latin1'),
        {
          transport,
          source: { address, port },
          local: { address: localAddress, port: localPort },
          connection,
          names,
        },
        from,
      );
  }
}
