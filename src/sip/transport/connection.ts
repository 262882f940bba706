import type { Socket } from 'node:net';
import type { ParseResult } from '../message/fault.ts';
import type { SipMessage, SipRequest } from '../message/message.ts';
import { StreamParser } from '../message/parse.ts';
import type { WayBack } from './inbox.ts';
import { PeerConnection, type ConnectionContext } from './peer-connection.ts';
import type { Endpoint, Flow } from './transport.ts';

/** RFC 5626 §3.5.1: the answer to a keep-alive. */
const PONG = Buffer.from('\r\n');

/** What one connection is told at its birth. */
export interface ConnectionOptions {
  readonly transport: 'tcp' | 'tls';
  readonly remote: Endpoint;
  /** Of the certificate that the peer showed when it connected. */
  readonly names?: readonly string[] | undefined;
  /** The socket event after which it can be written to; undefined when it is open already. */
  readonly readyEvent?: 'connect' | 'secureConnect';
  /** Milliseconds for opening it, in place of the common limit. */
  readonly connectMs?: number | undefined;
  /** As the inbox asks it; absent where nothing is handed over. */
  readonly handOver?: ((connection: Connection, message: SipMessage) => boolean) | undefined;
  /** Makes the flow for what came in here. */
  flowFor(connection: Connection, request: SipRequest | undefined): Flow;
}

/** One TCP or TLS connection: framing inwards, and a close in two halves. */
export class Connection extends PeerConnection<'tcp' | 'tls'> {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #parser = new StreamParser();
  readonly #way: WayBack;
  #ready = true;

  constructor(socket: Socket, options: ConnectionOptions, context: ConnectionContext) {
    super(options, socket, context);
    this.#socket = socket;
    this.#options = options;
    const { handOver } = options;
    this.#way = {
      flowFor: (_source, request) => options.flowFor(this, request),
      ...(handOver && { handOver: (message) => handOver(this, message) }),
    };
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#touch();
    if (options.readyEvent) this.#awaitReady(options.readyEvent);
  }

  get names(): readonly string[] | undefined {
    return this.#options.names;
  }

  override end(): void {
    if (this.ending) return;
    this.ending = true;
    if (!this.#ready) return void this.#socket.destroy();
    this.within(this.context.limits.lingerMs, () => this.#socket.destroy());
    this.#socket.end();
  }

  /** As `end`, without waiting for the peer to close its side. */
  shutdown(): void {
    this.end();
    this.#socket.destroySoon();
  }

  protected override get writable(): boolean {
    return this.#socket.writable;
  }

  protected override get queued(): number {
    return this.#socket.writableLength;
  }

  protected override transmit(bytes: Buffer, done: (error?: Error | null) => void): void {
    this.#touch();
    this.#socket.write(bytes, done);
  }

  protected override destroy(reason: string): void {
    this.#socket.destroy(new Error(reason));
  }

  #awaitReady(event: 'connect' | 'secureConnect'): void {
    // Corked until then: nothing may leave for a peer whose certificate is not known to be right.
    this.#ready = false;
    this.#socket.cork();
    const connectMs = this.#options.connectMs ?? this.context.limits.connectMs;
    this.within(connectMs, () => this.destroy('connecting timed out'));
    this.#socket.once(event, () => {
      this.met();
      this.#ready = true;
      this.#socket.uncork();
    });
  }

  #read(chunk: Buffer): void {
    if (this.ending) return;
    this.#touch();
    this.heard();
    this.#parser.push(chunk);
    let taken = 0;
    for (let result = this.#parser.next(); result !== undefined && !this.ending; result = this.#parser.next()) {
      this.#take(result);
      taken += 1;
    }
    if (this.ending) return;
    // Each message has its own time to become complete.
    if (taken > 0 || this.#parser.buffered === 0) this.met();
    if (this.#parser.buffered > 0) this.awaitMessage();
  }

  #take(result: ParseResult | 'ping'): void {
    if (result === 'ping') {
      this.count('keepalive');
      return this.pong(PONG);
    }
    this.context.inbox.take(result, this.remote, this.transport, this.#way);
    if (result.fault?.fatal) this.end();
  }

  #touch(): void {
    this.whenIdle(this.context.limits.idleMs, () => this.endIdle());
  }
}
