import type { EventEmitter } from 'node:events';
import type { Timer } from '../../kit/clock.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { ConnectionsElsewhere } from './connections-elsewhere.ts';
import type { HandingOver } from './handing-over.ts';
import type { Inbox } from './inbox.ts';
import type { Limits } from './limits.ts';
import type { Endpoint, TransportEvent, TransportName } from './transport.ts';
import { Unproven } from './unproven.ts';

/** What every connection lives on. */
export interface ConnectionContext {
  readonly inbox: Inbox;
  readonly limits: Limits;
  readonly wheel: TimerWheel;
  /** The other threads; null when there are none. */
  readonly threads: Threads | null;
}

/** What threads that share their ports do for one another. */
export interface Threads {
  readonly messages: HandingOver;
  readonly connections: ConnectionsElsewhere;
}

/** What a TCP or TLS connection and a WebSocket have in common: a bounded queue outwards, deadlines, and an end. */
export abstract class PeerConnection<Transport extends Exclude<TransportName, 'udp'>> {
  readonly transport: Transport;
  readonly remote: Endpoint;
  /** Resolves when it is closed, whoever closed it. */
  readonly closed: Promise<void>;
  protected readonly context: ConnectionContext;
  protected ending = false;
  readonly #unproven = new Unproven();
  #isPongWaiting = false;
  #idle: Timer | undefined;
  /** Ends what has to be done soon: opening, the rest of a message, the last bytes of a close. */
  #deadline: Timer | undefined;

  /** `channel` is the socket, which says when it fails and when it is closed. */
  constructor(
    { transport, remote }: { transport: Transport; remote: Endpoint },
    channel: EventEmitter,
    context: ConnectionContext,
  ) {
    this.transport = transport;
    this.remote = remote;
    this.context = context;
    channel.on('error', () => this.count('socket-error'));
    this.closed = new Promise((resolve) => channel.once('close', () => resolve()));
    channel.once('close', () => this.#close());
    this.count('connection-opened');
  }

  /** Whether it can still be written to. */
  get open(): boolean {
    return !this.ending && this.writable;
  }

  /** Queues bytes; a peer that lets too many of them wait is closed. Never waits and never throws. */
  write(bytes: Buffer, onError?: (error: Error) => void): void {
    const failed = (error: Error): void => {
      this.count('send-failed');
      onError?.(error);
    };
    if (!this.open) return void setImmediate(failed, new Error('connection is closed'));
    if (this.queued + bytes.length > this.context.limits.queueBytes) {
      this.abort('peer-stalled', 'peer does not read');
      return void setImmediate(failed, new Error('peer does not read'));
    }
    this.transmit(bytes, (error) => {
      if (error) failed(error);
      else if (onError) this.#unproven.await(failed);
    });
  }

  /**
   * Answers a keep-alive; a pong that still waits for the peer answers it as well. Each takes a hundred times the memory of
   * its two bytes, so whoever never reads would have half a million of them wait before `queueBytes` are full.
   */
  protected pong(bytes: Buffer): void {
    if (!this.open || (this.#isPongWaiting && this.queued > 0)) return;
    this.#isPongWaiting = true;
    this.transmit(bytes, (error) => {
      this.#isPongWaiting = false;
      if (error) this.count('send-failed');
    });
  }

  /** Closes once what was written is delivered; what still comes in is not read. */
  abstract end(): void;

  protected abstract readonly writable: boolean;
  /** Bytes that wait for the peer to read. */
  protected abstract readonly queued: number;
  /** Hands bytes to the socket. */
  protected abstract transmit(bytes: Buffer, done: (error?: Error | null) => void): void;
  protected abstract destroy(reason: string): void;

  /** The peer lives: what was written before arrived. */
  protected heard(): void {
    this.#unproven.proven();
  }

  /** Runs `action` unless the connection is heard of, or written to, within `ms`. */
  protected whenIdle(ms: number, action: () => void): void {
    this.#idle?.cancel();
    this.#idle = this.context.wheel.after(ms, action);
  }

  /** Closes a connection that nothing is heard of. */
  protected endIdle(): void {
    this.count('connection-idle');
    this.end();
  }

  protected get hasDeadline(): boolean {
    return this.#deadline !== undefined;
  }

  protected within(ms: number, action: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = this.context.wheel.after(ms, action);
  }

  protected met(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }

  /** Gives a message that began its time to become complete. */
  protected awaitMessage(): void {
    if (!this.hasDeadline)
      this.within(this.context.limits.messageMs, () => this.abort('message-incomplete', 'message was not completed'));
  }

  protected abort(event: TransportEvent, reason: string): void {
    this.count(event);
    this.destroy(reason);
  }

  protected count(event: TransportEvent): void {
    this.context.inbox.count(event, this.transport);
  }

  #close(): void {
    this.ending = true;
    this.#idle?.cancel();
    this.#deadline?.cancel();
    this.count('connection-closed');
    this.#unproven.closed();
  }
}
