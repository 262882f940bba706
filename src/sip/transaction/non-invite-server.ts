import type { SipRequest, SipResponse } from '../message/message.ts';
import { createResponse } from '../message/message.ts';
import type { Flow } from '../transport/transport.ts';
import type { Key } from './keys.ts';
import { ServerMachine } from './server.ts';
import type { ServerHost } from './server.ts';

/** What moves the machine: a repeat, a response from above, a timer, or that the sender needs a sign of life. */
type Input = 'request' | 'trying' | 'F' | SipResponse;

type State = 'trying' | 'proceeding' | 'terminated';

/** The non-INVITE server transaction: RFC 3261 §17.2.2, with the duties of RFC 4320 §4. */
export class NonInviteServerTransaction extends ServerMachine {
  #state: State = 'trying';
  /** RFC 4320 §4.1: over UDP a 100 any earlier would only be repeated work. */
  #mayTry: boolean;

  constructor(key: Key, request: SipRequest, flow: Flow, host: ServerHost) {
    super(key, request, flow, host);
    this.#mayTry = flow.reliable;
  }

  /** Most requests are answered at once: only for the others are there timers. */
  override startTimers(): void {
    if (this.#state === 'terminated') return;
    if (this.#state === 'trying') this.timers.repeatAfter(this.table.trying, 'trying');
    this.timers.endAfter(this.table.F, 'F');
  }

  receive(_request: SipRequest): void {
    this.#step('request');
  }

  respond(response: SipResponse): void {
    this.#step(response);
  }

  wake(letter: 'trying' | 'F'): void {
    this.#step(letter);
  }

  protected terminate(): void {
    this.#state = 'terminated';
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

  /** §17.2.2: nothing was sent yet; repeats are dropped. */
  #trying(input: Input): void {
    if (input === 'trying') {
      this.#mayTry = true;
      this.#try(createResponse(this.request, 100));
    } else if (input !== 'request') this.#proceeding(input);
  }

  /** §17.2.2: a 100 was sent. */
  #proceeding(input: Input): void {
    if (input === 'request') this.retransmit();
    else if (input === 'F') this.#expire();
    else if (typeof input === 'string') return;
    else if (input.status >= 200) this.#complete(input);
    else if (input.status === 100 && this.#mayTry) this.#try(input);
  }

  #try(response: SipResponse): void {
    this.#state = 'proceeding';
    this.timers.stopRepeat();
    this.transmit(response);
  }

  /** §17.2.2: the final response was sent; repeats get it again. */
  #complete(response: SipResponse): void {
    this.finalStatus = response.status;
    // RFC 4320 §4.2: whoever would get a 408 has given up by himself.
    if (response.status !== 408) this.transmit(response);
    if (this.table.J === 0) return this.#end();
    this.#state = 'terminated';
    this.settle(this.table.J, true);
  }

  /** RFC 4320 §4.2: the client's timer F has fired; an answer now would be late everywhere. */
  #expire(): void {
    this.#end();
    this.onTimeout?.();
  }

  #end(): void {
    this.close();
    this.host.forget(this);
  }
}
