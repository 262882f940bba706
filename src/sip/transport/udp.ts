import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { parseDatagram } from '../message/parse.ts';
import type { Inbox } from './inbox.ts';
import type { Limits } from './limits.ts';
import type { Endpoint, Flow } from './transport.ts';
import { responseEndpoint } from './via-received.ts';

/** One bound UDP socket: what comes in, and the source of all that goes out. */
export class UdpListener {
  readonly transport = 'udp';
  readonly local: Endpoint;
  readonly #socket: Socket;
  readonly #inbox: Inbox;
  readonly #limits: Limits;

  private constructor(socket: Socket, inbox: Inbox, limits: Limits) {
    const { address, port } = socket.address();
    this.local = { address, port };
    this.#socket = socket;
    this.#inbox = inbox;
    this.#limits = limits;
    socket.on('message', (bytes, source) => this.#receive(bytes, source));
    socket.on('error', () => inbox.count('socket-error', 'udp'));
  }

  /** Rejects when the address cannot be bound. */
  static async bind({ address, port }: Endpoint, inbox: Inbox, limits: Limits): Promise<UdpListener> {
    // An IPv6 socket takes IPv6 alone, so that an IPv4 source never comes as ::ffff:a.b.c.d.
    const ipv6Only = isIPv6(address);
    const socket = createSocket({ type: ipv6Only ? 'udp6' : 'udp4', ipv6Only });
    try {
      socket.bind({ address, port });
      await once(socket, 'listening');
    } catch (error) {
      socket.close();
      throw error;
    }
    enlargeBuffer(socket, limits.udpReceiveBuffer);
    return new UdpListener(socket, inbox, limits);
  }

  /** Never waits and never throws. An unconnected socket is not told of closed ports: silence is all there is. */
  send(bytes: Buffer, to: Endpoint, onError?: (error: Error) => void): void {
    const failed = (error: Error): void => {
      this.#inbox.count('send-failed', 'udp');
      onError?.(error);
    };
    try {
      if (this.#socket.getSendQueueSize() + bytes.length > this.#limits.udpSendQueue)
        throw new Error('send queue is full');
      this.#socket.send(bytes, to.port, to.address, (error) => error && failed(error));
    } catch (error) {
      setImmediate(failed, error as Error);
    }
  }

  /** Closes after `drained`, so that the last answers still leave. */
  async close(drained: Promise<unknown>): Promise<void> {
    await drained;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #receive(bytes: Buffer, { address, port }: RemoteInfo): void {
    const source = { address, port };
    if (!this.#inbox.admits(source, 'udp')) return;
    this.#inbox.take(parseDatagram(bytes), source, 'udp', (request) => {
      const answerTo = request ? responseEndpoint(request, source, 'udp') : source;
      return new UdpFlow(this, source, answerTo);
    });
  }
}

function enlargeBuffer(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // Some systems refuse what is above their limit instead of giving that much; their default has to do.
  }
}

/** A flow over a UDP socket; `target` is where messages go, which for a request without rport is not its source port. */
export class UdpFlow implements Flow {
  readonly transport = 'udp';
  readonly reliable = false;
  readonly secure = false;
  readonly remote: Endpoint;
  readonly #listener: UdpListener;
  readonly #target: Endpoint;

  constructor(listener: UdpListener, remote: Endpoint, target: Endpoint = remote) {
    this.#listener = listener;
    this.remote = remote;
    this.#target = target;
  }

  get local(): Endpoint {
    return this.#listener.local;
  }

  send(bytes: Buffer, onError?: (error: Error) => void): void {
    this.#listener.send(bytes, this.#target, onError);
  }
}
