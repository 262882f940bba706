import { isUtf8 } from 'node:buffer';
import type { WebSocket } from 'ws';
import type { ConnectionStream } from '../../kit/lent-socket.ts';
import { parseDatagram } from '../message/parse.ts';
import type { WayBack } from './inbox.ts';
import { PeerConnection, type ConnectionContext } from './peer-connection.ts';
import type { Endpoint, WebSocketTransport } from './transport.ts';

/** RFC 5626 §3.5.1: a keep-alive and its answer. A pong of the peer's is a keep-alive that wants none. */
const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');

/** RFC 6455 §7.4.1: the endpoint goes away. */
const GOING_AWAY = 1001;

interface WebSocketConnectionOptions {
  readonly transport: WebSocketTransport;
  readonly remote: Endpoint;
  /** Under the WebSocket. */
  readonly socket: ConnectionStream;
  /** What leads back, and perhaps to other threads. */
  readonly way: (connection: WebSocketConnection) => WayBack;
}

/** One WebSocket of a telephone: a SIP message a frame (RFC 7118 §5). */
export class WebSocketConnection extends PeerConnection<WebSocketTransport> {
  readonly #ws: WebSocket;
  readonly #options: WebSocketConnectionOptions;
  /** Whether a whole frame came out of the chunk that is being read. */
  #progressed = false;

  constructor(ws: WebSocket, options: WebSocketConnectionOptions, context: ConnectionContext) {
    super(options, ws, context);
    this.#ws = ws;
    this.#options = options;
    ws.on('message', (frame: Buffer) => this.#take(frame));
    for (const event of ['ping', 'pong'] as const) ws.on(event, () => (this.#progressed = true));
    options.socket.on('data', () => this.#chunkRead());
    this.#watchSilence();
  }

  override end(): void {
    if (this.ending) return;
    this.ending = true;
    this.within(this.context.limits.lingerMs, () => this.#ws.terminate());
    this.#ws.close(GOING_AWAY);
  }

  /** As `end`, without waiting for the peer to close its side. */
  shutdown(): void {
    this.end();
    this.#options.socket.destroySoon();
  }

  protected override get writable(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  protected override get queued(): number {
    return this.#ws.bufferedAmount;
  }

  protected override transmit(bytes: Buffer, done: (error?: Error | null) => void): void {
    // RFC 7118 §4.2: what is not UTF-8 may not be text.
    this.#ws.send(bytes, { binary: !isUtf8(bytes) }, done);
  }

  protected override destroy(): void {
    this.#ws.terminate();
  }

  #take(frame: Buffer): void {
    this.#progressed = true;
    this.met();
    if (this.ending) return;
    if (frame.equals(PING)) this.pong(PONG);
    this.context.inbox.take(parseDatagram(frame), this.remote, this.transport, this.#options.way(this));
  }

  /** After each chunk, once its frames are read. */
  #chunkRead(): void {
    if (this.ending) return;
    this.heard();
    this.#watchSilence();
    if (!this.#progressed) this.awaitMessage();
    this.#progressed = false;
  }

  /** A page cannot send keep-alives of the protocol, but its browser answers them (RFC 7118 §6): silence is no answer. */
  #watchSilence(): void {
    const half = this.context.limits.idleMs / 2;
    this.whenIdle(half, () => {
      if (this.open) this.#ws.ping();
      this.whenIdle(half, () => this.endIdle());
    });
  }
}
