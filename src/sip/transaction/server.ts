import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Sleeper, TimerWheel } from '../timer-wheel.ts';
import type { Flow } from '../transport/transport.ts';
import type { Key } from './keys.ts';
import type { Remains } from './remains.ts';
import type { Settled } from './settled.ts';
import { StateTimers } from './timers.ts';
import type { TimerTable, TimerTables } from './timers.ts';
import type { ServerTransaction } from './transaction.ts';

/** What the layer gives a server transaction to live on. */
export interface ServerHost {
  readonly tables: TimerTables;
  readonly wheel: TimerWheel;
  /** It lasts longer than the call that brought its request. */
  hold(transaction: ServerMachine): void;
  /** It has its final response. */
  finish(transaction: ServerMachine): void;
  /** It has its final response, and for `ms` milliseconds no more of it is left. Undefined when it was forgotten before. */
  settle(transaction: ServerMachine, remains: Remains, ms: number): Settled | undefined;
  /** It is Terminated. */
  forget(transaction: ServerMachine): void;
  /** A To tag made from the key. */
  tagFor(key: Key): string;
}

/** What the two server state machines (§17.2) share: the last response and where it went. */
export abstract class ServerMachine implements ServerTransaction, Sleeper {
  readonly key: Key;
  readonly request: SipRequest;
  readonly flow: Flow;
  finalStatus: number | undefined;
  onTimeout?: () => void;
  cancellable?: { cancel(reason?: string): void };
  protected readonly table: TimerTable;
  protected readonly timers: StateTimers;
  protected readonly host: ServerHost;
  /** A string is a third of the size of a small buffer. */
  #last: string | undefined;
  #held = false;
  #answeredTag: string | undefined;

  constructor(key: Key, request: SipRequest, flow: Flow, host: ServerHost) {
    this.key = key;
    this.request = request;
    this.flow = flow;
    this.host = host;
    this.table = flow.reliable ? host.tables.reliable : host.tables.unreliable;
    this.timers = new StateTimers(host.wheel, this);
  }

  get toTag(): string {
    return this.#answeredTag ?? this.request.to?.tag ?? this.host.tagFor(this.key);
  }

  /** Has the table know it, unless it is over already: what is answered statelessly never comes there. */
  hold(): void {
    if (this.#held) return;
    this.#held = true;
    this.host.hold(this);
  }

  /** The user has heard of the request and may answer it later. */
  startTimers(): void {}

  /** A repeat of the request, or its ACK, came in. */
  abstract receive(request: SipRequest): void;
  abstract respond(response: SipResponse): void;
  abstract wake(letter: string): void;
  protected abstract terminate(): void;

  respondStatelessly(response: SipResponse): void {
    if (this.finalStatus !== undefined) return;
    this.finalStatus = response.status;
    this.flow.send(response.print());
    this.drop();
  }

  drop(): void {
    this.close();
    if (this.#held) this.host.forget(this);
    this.#held = true;
  }

  abandon(): void {
    this.close();
    if (this.finalStatus === undefined) this.onTimeout?.();
  }

  close(): void {
    this.timers.clear();
    this.terminate();
  }

  /** Whether an ACK that matches is the user's, not ours. */
  get accepted(): boolean {
    return false;
  }

  /** Leaves no more of it than what absorbs repeats, which are answered by the last response when `replies`. */
  protected settle(ms: number, replies: boolean): Settled | undefined {
    this.hold();
    const { key, flow, toTag, accepted } = this;
    const reply = replies ? this.#last : undefined;
    this.timers.clear();
    this.#last = undefined;
    return this.host.settle(this, { key, flow, toTag, accepted, reply }, ms);
  }

  /** Sends and remembers. RFC 6026 §6: a response that cannot be sent ends nothing, its timers do. */
  protected transmit(response: SipResponse): void {
    this.#answeredTag = response.to?.tag ?? this.#answeredTag;
    this.#last = response.print();
    this.hold();
    this.retransmit();
  }

  /** Sends the last response once more. */
  protected retransmit(): void {
    if (this.#last !== undefined) this.flow.send(this.#last);
  }
}
