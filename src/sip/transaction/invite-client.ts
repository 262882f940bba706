import type { SipResponse } from '../message/message.ts';
import { ClientMachine } from './client.ts';
import { ackFor, cancelFor } from './derived.ts';
import type { Settled } from './settled.ts';

/** What moves the machine: a response, an error of the transport, or the timer of that letter. */
type Input = SipResponse | Error | 'A' | 'B';

type State = 'calling' | 'proceeding' | 'terminated';

/** The INVITE client transaction: RFC 3261 §17.1.1, with the Accepted state of RFC 6026 §7.2. */
export class InviteClientTransaction extends ClientMachine {
  #state: State = 'calling';
  #interval = 0;
  /** Asked for before a provisional response allowed it; `reason` may be empty. */
  #cancel: { sent: boolean; readonly reason: string | undefined } | undefined;

  /** What hears of further 2xx after the first. */
  #rest: Settled | undefined;

  override end(): void {
    super.end();
    this.#rest?.end();
  }

  override stop(): void {
    super.stop();
    this.#rest?.close();
  }

  start(): void {
    this.timers.endAfter(this.table.B, 'B');
    if (!this.flow.reliable) this.#awaitRepeat(this.table.A);
    this.transmit();
  }

  receive(response: SipResponse): void {
    this.#step(response);
  }

  cancel(reason?: string): void {
    this.#cancel ??= { sent: false, reason };
    if (this.#state === 'proceeding') this.#sendCancel();
    // An INVITE that may not have arrived yet must not ring somebody after it was called off.
    else if (this.#state === 'calling') this.timers.stopRepeat();
  }

  wake(letter: 'A' | 'B'): void {
    this.#step(letter);
  }

  protected terminate(): void {
    this.#state = 'terminated';
  }

  protected sendFailed(error: Error): void {
    this.#step(error);
  }

  #step(input: Input): void {
    switch (this.#state) {
      case 'calling':
        return this.#calling(input);
      case 'proceeding':
        return this.#proceeding(input);
      case 'terminated':
    }
  }

  /** §17.1.1.2: nothing came back yet. */
  #calling(input: Input): void {
    if (input === 'A') this.#repeat();
    else this.#pending(input);
  }

  /** §17.1.1.2: a provisional response came; nothing is repeated and only the user sets a limit. */
  #proceeding(input: Input): void {
    this.#pending(input);
  }

  /** What Calling and Proceeding do alike. */
  #pending(input: Input): void {
    if (input === 'B') this.fail('timeout');
    else if (input instanceof Error) this.fail('transport', input);
    else if (typeof input === 'string') return;
    else if (input.status < 200) this.#proceed(input);
    else if (input.status < 300) this.#accept(input);
    else this.#complete(input);
  }

  #proceed(response: SipResponse): void {
    if (this.#state === 'calling') this.timers.clear();
    this.#state = 'proceeding';
    this.#sendCancel();
    this.user.response(response);
  }

  /** RFC 6026 §7.2: it and all further 2xx go up; their ACKs are the user's. */
  #accept(response: SipResponse): void {
    this.#state = 'terminated';
    this.timers.clear();
    try {
      this.user.response(response);
    } finally {
      // By now it may have ended, or know who follows it.
      const { user } = this;
      const { listener, note } = user.heir ?? { listener: user, note: '' };
      this.#rest = this.settle(this.table.M, { user: listener, note });
    }
  }

  /** §17.1.1.2: a 300-699 came; it gets our ACK, and each repeat of it again. */
  #complete(response: SipResponse): void {
    const { user } = this;
    const ack = ackFor(this.request, response).print();
    if (this.table.D === 0) {
      this.finish();
      this.flow.send(ack);
    } else {
      const rest = this.settle(this.table.D, { reply: ack, flow: this.flow });
      this.flow.send(ack, () => rest?.close());
    }
    user.response(response);
  }

  /** §9.1: sends the CANCEL that is wanted; a peer that then stays silent is given up after 64·T1. */
  #sendCancel(): void {
    if (!this.#cancel || this.#cancel.sent) return;
    this.#cancel.sent = true;
    this.timers.endAfter(this.table.B, 'B');
    this.host.sendCancel(cancelFor(this.request, this.#cancel.reason), this.flow);
  }

  #repeat(): void {
    this.#awaitRepeat(2 * this.#interval);
    this.transmit();
  }

  #awaitRepeat(interval: number): void {
    this.#interval = interval;
    this.timers.repeatAfter(interval, 'A');
  }
}
