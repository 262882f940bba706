import { mask, parseAddress } from '../../kit/ip.ts';

/** A party of the IPv6 internet is given at least a /64, so that is what one source is. */
const IPV6_SOURCE_BITS = 64;

/** How many connections are open, in all and by source; IPv6 addresses of one /64 are one source. */
export class ConnectionQuota {
  readonly #most: number;
  readonly #mostPerSource: number;
  readonly #bySource = new Map<string, number>();
  #total = 0;

  constructor(most: number, mostPerSource: number) {
    this.#most = most;
    this.#mostPerSource = mostPerSource;
  }

  /** Takes a place for a connection with `address`; returns how to give it back, or undefined when there is none. */
  take(address: string): (() => void) | undefined {
    const source = sourceOf(address);
    const held = this.#bySource.get(source) ?? 0;
    if (this.#total >= this.#most || held >= this.#mostPerSource) return undefined;
    this.#total += 1;
    this.#bySource.set(source, held + 1);
    return () => this.#giveBack(source);
  }

  #giveBack(source: string): void {
    const held = (this.#bySource.get(source) ?? 0) - 1;
    this.#total -= 1;
    if (held > 0) this.#bySource.set(source, held);
    else this.#bySource.delete(source);
  }
}

function sourceOf(text: string): string {
  const address = parseAddress(text);
  return address?.bits === 128 ? String(mask(address, IPV6_SOURCE_BITS).value) : text;
}
