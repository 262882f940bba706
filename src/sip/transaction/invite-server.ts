import type { SipRequest, SipResponse } from '../message/message.ts';
import { ServerMachine } from './server.ts';
import type { Settled } from './settled.ts';

/** What moves the machine: a request, a response from above, or the timer of that letter. */
type Input = 'INVITE' | 'ACK' | 'G' | 'H' | SipResponse;

type State = 'proceeding' | 'accepted' | 'completed' | 'terminated';

/** The INVITE server transaction: RFC 3261 §17.2.1, with the Accepted state of RFC 6026 §7.1. */
export class InviteServerTransaction extends ServerMachine {
  #state: State = 'proceeding';
  #interval = 0;
  /** What absorbs repeats of the INVITE after a 2xx. */
  #rest: Settled | undefined;

  get late(): string | undefined {
    return this.#rest && this.key.text;
  }

  /** It answers a 2xx (RFC 6026 §7.1). */
  override get accepted(): boolean {
    return this.#state === 'accepted';
  }

  receive(request: SipRequest): void {
    this.#step(request.method === 'ACK' ? 'ACK' : 'INVITE');
  }

  respond(response: SipResponse): void {
    this.#step(response);
  }

  wake(letter: 'G' | 'H'): void {
    this.#step(letter);
  }

  protected terminate(): void {
    this.#state = 'terminated';
  }

  #step(input: Input): void {
    switch (this.#state) {
      case 'proceeding':
        return this.#proceeding(input);
      case 'accepted':
        return this.#accepted(input);
      case 'completed':
        return this.#completed(input);
      case 'terminated':
    }
  }

  /** §17.2.1: no final response yet. */
  #proceeding(input: Input): void {
    if (input === 'INVITE') return this.retransmit();
    if (typeof input === 'string') return;
    this.transmit(input);
    if (input.status < 200) return;
    this.finalStatus = input.status;
    if (input.status < 300) this.#accept();
    else this.#complete();
  }

  /** RFC 6026 §7.1: a 2xx was sent. Repeats of the INVITE are absorbed, repeats of the 2xx are the user's to send. */
  #accepted(input: Input): void {
    if (typeof input !== 'string') this.#rest?.respond(input);
  }

  /** §17.2.1: a 300-699 was sent and waits for its ACK. */
  #completed(input: Input): void {
    if (input === 'INVITE') this.retransmit();
    else if (input === 'ACK') this.#confirm();
    else if (input === 'G') this.#repeat(Math.min(2 * this.#interval, this.table.t2));
    else if (input === 'H') {
      this.#end();
      this.onTimeout?.();
    }
  }

  #accept(): void {
    this.#state = 'accepted';
    this.#rest = this.settle(this.table.L, false);
  }

  #complete(): void {
    this.#state = 'completed';
    this.timers.endAfter(this.table.H, 'H');
    if (!this.flow.reliable) this.#awaitRepeat(this.table.G);
    this.host.finish(this);
  }

  /** §17.2.1: the ACK came; more of them are absorbed. */
  #confirm(): void {
    if (this.table.I === 0) return this.#end();
    this.#state = 'terminated';
    this.settle(this.table.I, false);
  }

  #repeat(interval: number): void {
    this.retransmit();
    this.#awaitRepeat(interval);
  }

  #awaitRepeat(interval: number): void {
    this.#interval = interval;
    this.timers.repeatAfter(interval, 'G');
  }

  #end(): void {
    this.close();
    this.host.forget(this);
  }
}
