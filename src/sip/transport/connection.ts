import type { Socket } from 'node:net';
import type { Timer } from '../../kit/clock.ts';
import type { ParseResult } from '../message/fault.ts';
import type { SipRequest } from '../message/message.ts';
import { StreamParser } from '../message/parse.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Inbox } from './inbox.ts';
import type { Limits } from './limits.ts';
import type { Endpoint, Flow, TransportEvent } from './transport.ts';
import { Unproven } from './unproven.ts';

/** RFC 5626 §3.5.1: the answer to a keep-alive. */
const PONG = Buffer.from('\r\n');

/** What every connection lives on. */
export interface ConnectionContext {
  readonly inbox: Inbox;
  readonly limits: Limits;
  readonly wheel: TimerWheel;
}

/** What one connection is told at its birth. */
export interface ConnectionOptions {
  readonly transport: 'tcp' | 'tls';
  readonly remote: Endpoint;
  /** The socket event after which it can be written to; undefined when it is open already. */
  readonly readyEvent?: 'connect' | 'secureConnect';
  /** Milliseconds for opening it, in place of the common limit. */
  readonly connectMs?: number | undefined;
  /** Makes the flow for what came in here. */
  flowFor(connection: Connection, request: SipRequest | undefined): Flow;
}

/** One TCP or TLS connection: framing inwards, a bounded queue outwards, and deadlines for a peer that dawdles. */
export class Connection {
  readonly transport: 'tcp' | 'tls';
  readonly remote: Endpoint;
  /** Resolves when it is closed, whoever closed it. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #options: ConnectionOptions;
  readonly #parser = new StreamParser();
  #idle: Timer | undefined;
  /** Ends what has to be done soon: opening, the rest of a message, the last bytes of a close. */
  #deadline: Timer | undefined;
  readonly #unproven = new Unproven();
  #ready = true;
  #ending = false;

  constructor(socket: Socket, options: ConnectionOptions, context: ConnectionContext) {
    this.transport = options.transport;
    this.remote = options.remote;
    this.#socket = socket;
    this.#options = options;
    this.#context = context;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => this.#count('socket-error'));
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.once('close', () => this.#closed());
    this.#touch();
    if (options.readyEvent) this.#awaitReady(options.readyEvent);
    this.#count('connection-opened');
  }

  /** Whether it can still be written to. */
  get open(): boolean {
    return !this.#ending && this.#socket.writable;
  }

  /** Queues bytes; a peer that lets too many of them wait is closed. Never waits and never throws. */
  write(bytes: Buffer, onError?: (error: Error) => void): void {
    const failed = (error: Error): void => {
      this.#count('send-failed');
      onError?.(error);
    };
    if (!this.open) return void setImmediate(failed, new Error('connection is closed'));
    if (this.#socket.writableLength + bytes.length > this.#context.limits.queueBytes) {
      this.#abort('peer-stalled', 'peer does not read');
      return void setImmediate(failed, new Error('peer does not read'));
    }
    this.#touch();
    this.#socket.write(bytes, (error) => (error ? failed(error) : onError && this.#unproven.await(failed)));
  }

  /** Closes once what was written is delivered; what still comes in is not read. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (!this.#ready) return void this.#socket.destroy();
    this.#within(this.#context.limits.lingerMs, () => this.#socket.destroy());
    this.#socket.end();
  }

  /** As `end`, without waiting for the peer to close its side. */
  shutdown(): void {
    this.end();
    this.#socket.destroySoon();
  }

  #awaitReady(event: 'connect' | 'secureConnect'): void {
    // Corked until then: nothing may leave for a peer whose certificate is not known to be right.
    this.#ready = false;
    this.#socket.cork();
    const connectMs = this.#options.connectMs ?? this.#context.limits.connectMs;
    this.#within(connectMs, () => this.#socket.destroy(new Error('connecting timed out')));
    this.#socket.once(event, () => {
      this.#deadline?.cancel();
      this.#deadline = undefined;
      this.#ready = true;
      this.#socket.uncork();
    });
  }

  #read(chunk: Buffer): void {
    if (this.#ending) return;
    this.#touch();
    this.#unproven.proven();
    this.#parser.push(chunk);
    let taken = 0;
    for (let result = this.#parser.next(); result !== undefined && !this.#ending; result = this.#parser.next()) {
      this.#take(result);
      taken += 1;
    }
    this.#watchMessage(taken > 0);
  }

  #take(result: ParseResult | 'ping'): void {
    const { inbox } = this.#context;
    if (result === 'ping') {
      this.#count('keepalive');
      return this.write(PONG);
    }
    inbox.take(result, this.remote, this.transport, (request) => this.#options.flowFor(this, request));
    if (result.fault?.fatal) this.end();
  }

  /** Gives each message that began its own time to become complete. */
  #watchMessage(progressed: boolean): void {
    if (this.#ending) return;
    if (progressed || this.#parser.buffered === 0) {
      this.#deadline?.cancel();
      this.#deadline = undefined;
    }
    if (this.#parser.buffered === 0 || this.#deadline) return;
    const { messageMs } = this.#context.limits;
    this.#within(messageMs, () => this.#abort('message-incomplete', 'message was not completed'));
  }

  #touch(): void {
    this.#idle?.cancel();
    this.#idle = this.#context.wheel.after(this.#context.limits.idleMs, () => {
      this.#count('connection-idle');
      this.end();
    });
  }

  #within(ms: number, action: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = this.#context.wheel.after(ms, action);
  }

  #abort(event: TransportEvent, reason: string): void {
    this.#count(event);
    this.#socket.destroy(new Error(reason));
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
