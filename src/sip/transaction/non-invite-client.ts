import type { SipResponse } from '../message/message.ts';
import { ClientMachine } from './client.ts';

/** What moves the machine: a response, an error of the transport, or the timer of that letter. */
type Input = SipResponse | Error | 'E' | 'F';

type State = 'trying' | 'proceeding' | 'terminated';

/** The non-INVITE client transaction: RFC 3261 §17.1.2. */
export class NonInviteClientTransaction extends ClientMachine {
  #state: State = 'trying';
  #interval = 0;

  start(): void {
    this.timers.endAfter(this.table.F, 'F');
    if (!this.flow.reliable) this.#awaitRepeat(this.table.E);
    this.transmit();
  }

  receive(response: SipResponse): void {
    this.#step(response);
  }

  /** §9.1: only an INVITE takes long enough to be cancelled. */
  cancel(): void {}

  wake(letter: 'E' | 'F'): void {
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
      case 'trying':
        return this.#trying(input);
      case 'proceeding':
        return this.#proceeding(input);
      case 'terminated':
    }
  }

  /** §17.1.2.2: nothing came back yet. */
  #trying(input: Input): void {
    if (input === 'E') this.#repeat(Math.min(2 * this.#interval, this.table.t2));
    else this.#pending(input);
  }

  /** §17.1.2.2: a provisional response came; the request is repeated at leisure. */
  #proceeding(input: Input): void {
    if (input === 'E') this.#repeat(this.table.t2);
    else this.#pending(input);
  }

  /** What Trying and Proceeding do alike. */
  #pending(input: Input): void {
    if (input === 'F') this.fail('timeout');
    else if (input instanceof Error) this.fail('transport', input);
    else if (typeof input !== 'string') this.#respond(input);
  }

  #respond(response: SipResponse): void {
    const { user } = this;
    if (response.status < 200) this.#state = 'proceeding';
    else this.#complete();
    user.response(response);
  }

  /** §17.1.2.2: repeats of the final response are absorbed. */
  #complete(): void {
    if (this.table.K === 0) this.finish();
    else this.settle(this.table.K);
  }

  #repeat(interval: number): void {
    this.#awaitRepeat(interval);
    this.transmit();
  }

  #awaitRepeat(interval: number): void {
    this.#interval = interval;
    this.timers.repeatAfter(interval, 'E');
  }
}
