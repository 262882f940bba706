import { canonicalAddress, isLoopback } from '../kit/ip.ts';
import type { Origin } from './asked.ts';

/** The senders that speak for the telephone network: our carriers. */
export class CarrierList {
  readonly #senders = new Set<string>();

  /** Adds a carrier by its address. Loopback is shared by everything on the machine, so there the port counts too. */
  add(address: string, port: number): void {
    this.#senders.add(sender(address, port));
  }

  includes(origin: Pick<Origin, 'address' | 'port'>): boolean {
    return this.#senders.has(sender(origin.address, origin.port));
  }
}

function sender(address: string, port: number): string {
  return isLoopback(address) ? `${canonicalAddress(address)} ${port}` : canonicalAddress(address);
}
