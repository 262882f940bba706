import type { Endpoint, Flow, TransportName } from '../sip/transport/transport.ts';

/** A flow that shows every message it sends, those of the transaction layer included, to an onlooker first. */
export class TappedFlow implements Flow {
  readonly #flow: Flow;
  readonly #onlooker: (text: string) => void;

  constructor(flow: Flow, onlooker: (text: string) => void) {
    this.#flow = flow;
    this.#onlooker = onlooker;
  }

  get transport(): TransportName {
    return this.#flow.transport;
  }

  get reliable(): boolean {
    return this.#flow.reliable;
  }

  get secure(): boolean {
    return this.#flow.secure;
  }

  get local(): Endpoint {
    return this.#flow.local;
  }

  get remote(): Endpoint {
    return this.#flow.remote;
  }

  send(text: string, onError?: (error: Error) => void): void {
    this.#onlooker(text);
    this.#flow.send(text, onError);
  }
}
