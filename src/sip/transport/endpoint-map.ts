import type { Endpoint } from './transport.ts';

/** Values by address and port, found without making one text of the two, which would cost more than the rest. */
export class EndpointMap<Value> {
  readonly #byAddress = new Map<string, Map<number, Value>>();

  get({ address, port }: Endpoint): Value | undefined {
    return this.#byAddress.get(address)?.get(port);
  }

  set({ address, port }: Endpoint, value: Value): void {
    let byPort = this.#byAddress.get(address);
    if (!byPort) this.#byAddress.set(address, (byPort = new Map()));
    byPort.set(port, value);
  }

  delete({ address, port }: Endpoint): void {
    const byPort = this.#byAddress.get(address);
    byPort?.delete(port);
    if (byPort?.size === 0) this.#byAddress.delete(address);
  }

  /** All as they are now: whoever goes through them may delete some. */
  get values(): Value[] {
    return [...this.#byAddress.values()].flatMap((byPort) => [...byPort.values()]);
  }
}
