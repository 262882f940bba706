import type { Endpoint, Flow, TransportName } from '../sip/transport/transport.ts';

/** A flow that shows every message it sends, those of the transaction layer included, to an onlooker first. */
export class TappedFlow implements Flow {
  readonly #flow: Flow;
  readonly #onlooker: (bytes: Buffer) => void;

  constructor(flow: Flow, onlooker: (bytes: Buffer) => void) {
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

  send(bytes: Buffer, onError?: (error: Error) => void): void {
    this.#onlooker(bytes);
    this.#flow.send(bytes, onError);
  }
}
