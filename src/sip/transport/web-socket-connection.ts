import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Timer } from '../../kit/clock.ts';
import { parseDatagram } from '../message/parse.ts';
import type { ConnectionContext } from './connection.ts';
import type { Endpoint, Flow, TransportEvent, WebSocketTransport } from './transport.ts';
import { Unproven } from './unproven.ts';

/** RFC 5626 §3.5.1: a keep-alive and its answer. A pong of the peer's is a keep-alive that wants none. */
const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');

/** RFC 6455 §7.4.1: the endpoint goes away. */
const GOING_AWAY = 1001;

interface WebSocketConnectionOptions {
  readonly transport: WebSocketTransport;
  readonly remote: Endpoint;
  /** Under the WebSocket. */
  readonly socket: Socket;
  /** Makes the flow for what came in here. */
  readonly flowFor: (connection: WebSocketConnection) => Flow;
}

/** One WebSocket of a telephone: a SIP message a frame (RFC 7118 §5), a bounded queue outwards, deadlines. */
export class WebSocketConnection {
  readonly transport: WebSocketTransport;
  readonly remote: Endpoint;
  /** Resolves when it is closed, whoever closed it. */
  readonly closed: Promise<void>;
  readonly #ws: WebSocket;
  readonly #options: WebSocketConnectionOptions;
  readonly #context: ConnectionContext;
  readonly #unproven = new Unproven();
  #idle: Timer | undefined;
  /** Ends what has to be done soon: the rest of a message, the last bytes of a close. */
  #deadline: Timer | undefined;
  /** Whether a whole frame came out of the chunk that is being read. */
  #progressed = false;
  #ending = false;

  constructor(ws: WebSocket, options: WebSocketConnectionOptions, context: ConnectionContext) {
    this.transport = options.transport;
    this.remote = options.remote;
    this.#ws = ws;
    this.#options = options;
    this.#context = context;
    ws.on('message', (frame: Buffer) => this.#take(frame));
    for (const event of ['ping', 'pong'] as const) ws.on(event, () => (this.#progressed = true));
    ws.on('error', () => this.#count('socket-error'));
    options.socket.on('data', () => this.#heard());
    this.closed = new Promise((resolve) => ws.once('close', () => resolve()));
    ws.once('close', () => this.#closed());
    this.#watchSilence();
    this.#count('connection-opened');
  }

  /** Whether it can still be written to. */
  get open(): boolean {
    return !this.#ending && this.#ws.readyState === this.#ws.OPEN;
  }

  /** Queues a message; a peer that lets too many bytes wait is closed. Never waits and never throws. */
  write(bytes: Buffer, onError?: (error: Error) => void): void {
    const failed = (error: Error): void => {
      this.#count('send-failed');
      onError?.(error);
    };
    if (!this.open) return void setImmediate(failed, new Error('connection is closed'));
    if (this.#ws.bufferedAmount + bytes.length > this.#context.limits.queueBytes) {
      this.#abort('peer-stalled');
      return void setImmediate(failed, new Error('peer does not read'));
    }
    // RFC 7118 §4.2: what is not UTF-8 may not be text.
    this.#ws.send(bytes, { binary: !isUtf8(bytes) }, (error) => {
      if (error) failed(error);
      else if (onError) this.#unproven.await(failed);
    });
  }

  /** Closes once what was written is delivered; what still comes in is not read. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#within(this.#context.limits.lingerMs, () => this.#ws.terminate());
    this.#ws.close(GOING_AWAY);
  }

  /** As `end`, without waiting for the peer to close its side. */
  shutdown(): void {
    this.end();
    this.#options.socket.destroySoon();
  }

  #take(frame: Buffer): void {
    this.#progressed = true;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (this.#ending) return;
    if (frame.equals(PING)) this.write(PONG);
    const { inbox } = this.#context;
    inbox.take(parseDatagram(frame), this.remote, this.transport, () => this.#options.flowFor(this));
  }

  /** After each chunk, once its frames are read: gives a message that began its time to become complete. */
  #heard(): void {
    if (this.#ending) return;
    this.#unproven.proven();
    this.#watchSilence();
    const { messageMs } = this.#context.limits;
    if (!this.#progressed && !this.#deadline) this.#within(messageMs, () => this.#abort('message-incomplete'));
    this.#progressed = false;
  }

  /** A page cannot send keep-alives of the protocol, but its browser answers them (RFC 7118 §6): silence is no answer. */
  #watchSilence(): void {
    const { limits, wheel } = this.#context;
    this.#idle?.cancel();
    this.#idle = wheel.after(limits.idleMs / 2, () => {
      if (this.open) this.#ws.ping();
      this.#idle = wheel.after(limits.idleMs / 2, () => {
        this.#count('connection-idle');
        this.end();
      });
    });
  }

  #within(ms: number, action: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = this.#context.wheel.after(ms, action);
  }

  #abort(event: TransportEvent): void {
    this.#count(event);
    this.#ws.terminate();
  }

  #closed(): void {
    this.#ending = true;
    this.#idle?.cancel();
    this.#deadline?.cancel();
    this.#count('connection-closed');
    this.#unproven.closed();
  }

  #count(event: TransportEvent): void {
    this.#context.inbox.count(event, this.transport);
  }
}
