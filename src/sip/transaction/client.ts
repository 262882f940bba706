import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Sleeper, TimerWheel } from '../timer-wheel.ts';
import type { Flow } from '../transport/transport.ts';
import type { Key } from './keys.ts';
import type { Remains } from './remains.ts';
import type { Settled } from './settled.ts';
import { StateTimers } from './timers.ts';
import type { TimerTable, TimerTables } from './timers.ts';
import type { ClientTransaction, ClientUser, FailureCause } from './transaction.ts';

/** What the layer gives a client transaction to live on. */
export interface ClientHost {
  readonly tables: TimerTables;
  readonly wheel: TimerWheel;
  /** It has its final response, and for `ms` milliseconds no more of it is left. Undefined when it was forgotten before. */
  settle(transaction: ClientMachine, remains: Remains, ms: number): Settled | undefined;
  /** It is Terminated. */
  forget(transaction: ClientMachine): void;
  /** Runs a CANCEL as a transaction of its own. */
  sendCancel(request: SipRequest, flow: Flow): void;
  /** The user threw. */
  crashed(error: unknown): void;
}

/** Hears nothing: takes the user's place once the user is done. */
export const NOBODY: ClientUser = { response() {}, failed() {} };

/** What the two client state machines (§17.1) share: the request on the wire and the user above. */
export abstract class ClientMachine implements ClientTransaction, Sleeper {
  readonly key: Key;
  readonly request: SipRequest;
  readonly flow: Flow;
  protected readonly table: TimerTable;
  protected readonly timers: StateTimers;
  protected readonly host: ClientHost;
  protected user: ClientUser;
  /** The request as sent. */
  readonly #text: string;

  constructor(key: Key, request: SipRequest, flow: Flow, user: ClientUser, host: ClientHost) {
    this.key = key;
    this.request = request;
    this.flow = flow;
    this.user = user;
    this.host = host;
    this.#text = request.print();
    this.table = flow.reliable ? host.tables.reliable : host.tables.unreliable;
    this.timers = new StateTimers(host.wheel, this);
  }

  /** Sends the request and starts the timers. */
  abstract start(): void;
  abstract wake(letter: string): void;
  abstract receive(response: SipResponse): void;
  abstract cancel(reason?: string): void;
  protected abstract terminate(): void;
  protected abstract sendFailed(error: Error): void;

  end(): void {
    this.user = NOBODY;
  }

  stop(): void {
    this.finish();
  }

  abandon(): void {
    this.sendFailed(new Error('too many transactions'));
    this.close();
  }

  close(): void {
    this.timers.clear();
    this.user = NOBODY;
    this.terminate();
  }

  /** Sends a message of this transaction; one that cannot be sent is an input of the machine (§17.1.4). */
  protected transmit(): void {
    this.flow.send(this.#text, (error) => {
      try {
        this.sendFailed(error);
      } catch (thrown) {
        this.host.crashed(thrown);
      }
    });
  }

  /** Leaves no more of it than what absorbs repeats of the final response. */
  protected settle(ms: number, remains: Omit<Remains, 'key'> = {}): Settled | undefined {
    const settled = this.host.settle(this, { key: this.key, ...remains }, ms);
    this.close();
    return settled;
  }

  /** Terminated, with a last word to the user. */
  protected fail(cause: FailureCause, error?: Error): void {
    const { user } = this;
    this.finish();
    user.failed(cause, error);
  }

  /** Terminated. */
  protected finish(): void {
    this.close();
    this.host.forget(this);
  }
}
