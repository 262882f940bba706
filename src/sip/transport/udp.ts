import type { Socket } from 'node:dgram';
import { parseDatagram } from '../message/parse.ts';
import type { SipRequest } from '../message/message.ts';
import { eachDatagram } from './datagrams.ts';
import type { Inbox, WayBack } from './inbox.ts';
import type { HandingOver } from './handing-over.ts';
import type { Limits } from './limits.ts';
import { Outbox } from './outbox.ts';
import type { ConnectionContext } from './peer-connection.ts';
import type { Endpoint, Flow, Sharing } from './transport.ts';
import { queueOf, type Queue } from './udp-queue.ts';
import { claimPort, openSocket } from './udp-socket.ts';
import { responseEndpoint } from './via-received.ts';

/** One bound UDP socket: what comes in, and the source of all that goes out. */
export class UdpListener implements WayBack {
  readonly transport = 'udp';
  readonly local: Endpoint;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #limits: Limits;
  readonly handOver: WayBack['handOver'];
  readonly #queue: ReturnType<typeof queueOf>;
  #taken = 0;
  /** Flows to peers heard of late: what is left of a transaction keeps its flow for half a minute, so they share it. */
  readonly #flows: UdpFlow[] = [];
  /** One for all datagrams whose sender does not ask. */
  readonly #sent = (error: Error | null): void => void (error && this.#failed(error));

  private constructor(socket: Socket, inbox: Inbox, limits: Limits, messages: HandingOver | undefined) {
    const { address, port } = socket.address();
    this.local = { address, port };
    this.#socket = socket;
    this.#outbox = new Outbox(socket, (...sending) => this.#sendSlowly(...sending));
    this.#inbox = inbox;
    this.#limits = limits;
    this.handOver =
      messages && ((message, source) => messages.handsOver(message, { transport: 'udp', source, local: this.local }));
    this.#queue = queueOf(socket);
    eachDatagram(socket, (bytes, source) => this.receive(bytes, source));
    socket.on('error', () => inbox.count('socket-error', 'udp'));
  }

  /** Rejects when the address cannot be bound. `sharing`: how the port is shared with other threads. */
  static async bind(
    endpoint: Endpoint,
    { inbox, limits, threads }: ConnectionContext,
    sharing: Sharing,
  ): Promise<UdpListener> {
    const { udpReceiveBuffer: buffer } = limits;
    const socket = await (sharing === 'joins' ? openSocket(endpoint, buffer, true) : claimPort(endpoint, buffer));
    return new UdpListener(socket, inbox, limits, sharing === 'alone' ? undefined : threads?.messages);
  }

  /** What waits to be read, what found no room, and what was taken in. */
  get queue(): Queue {
    return { ...this.#queue(), taken: this.#taken };
  }

  /** Never waits and never throws. An unconnected socket is not told of closed ports: silence is all there is. */
  send(text: string, to: Endpoint, onError?: (error: Error) => void): void {
    this.#outbox.send(text, to, onError);
  }

  #sendSlowly(text: string, to: Endpoint | undefined, onError: ((error: Error) => void) | undefined): void {
    try {
      if (this.#socket.getSendQueueSize() + text.length > this.#limits.udpSendQueue)
        throw new Error('send queue is full');
      const sent = onError ? (error: Error | null) => void (error && this.#failed(error, onError)) : this.#sent;
      this.#socket.send(Buffer.from(text, 'latin1'), to?.port, to?.address, sent);
    } catch (error) {
      setImmediate(() => this.#failed(error as Error, onError));
    }
  }

  #failed(error: Error, onError?: (error: Error) => void): void {
    this.#inbox.count('send-failed', 'udp');
    onError?.(error);
  }

  /** Closes after `drained`, so that the last answers still leave. */
  async close(drained: Promise<unknown>): Promise<void> {
    await drained;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  /** Closes at once: the port is free again when it resolves. */
  release(): Promise<void> {
    return this.close(Promise.resolve());
  }

  /** Takes in a datagram, whichever socket on this port it came by. Keeps none of its bytes. */
  receive(bytes: Buffer, source: Endpoint): void {
    this.#taken += 1;
    if (!this.#inbox.admits(source, 'udp', this.local, bytes.length)) return;
    this.#inbox.take(parseDatagram(bytes), source, 'udp', this);
  }

  flowFor(source: Endpoint, request: SipRequest | undefined): Flow {
    const target = request ? responseEndpoint(request, source, 'udp') : source;
    if (target !== source) return new UdpFlow(this, source, target);
    const place = placeOf(source);
    const known = this.#flows[place];
    if (known?.remote.address === source.address && known.remote.port === source.port) return known;
    return (this.#flows[place] = new UdpFlow(this, source));
  }
}

/** Flows that a listener remembers, a power of two. */
const PLACES = 1024;

function placeOf({ address, port }: Endpoint): number {
  const { length } = address;
  return (port ^ (address.charCodeAt(length - 1) << 3) ^ (address.charCodeAt(length - 2) << 6)) & (PLACES - 1);
}

/** What datagrams leave by. */
export interface UdpSender {
  readonly local: Endpoint;
  send(text: string, to: Endpoint, onError?: (error: Error) => void): void;
}

/** A flow over a UDP socket; `target` is where messages go, which for a request without rport is not its source port. */
export class UdpFlow implements Flow {
  readonly transport = 'udp';
  readonly reliable = false;
  readonly secure = false;
  readonly remote: Endpoint;
  readonly #sender: UdpSender;
  readonly #target: Endpoint;

  constructor(sender: UdpSender, remote: Endpoint, target: Endpoint = remote) {
    this.#sender = sender;
    this.remote = remote;
    this.#target = target;
  }

  get local(): Endpoint {
    return this.#sender.local;
  }

  send(text: string, onError?: (error: Error) => void): void {
    this.#sender.send(text, this.#target, onError);
  }
}
