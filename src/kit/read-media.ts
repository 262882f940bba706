import { isIP } from 'node:net';
import { canonicalAddress } from './ip.ts';
import { Expectation } from './read-text.ts';

/** Ports from the lowest to the highest, both included. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
}

/** `LOW-HIGH`. Throws Expectation. */
export function readPortRange(text: string): PortRange {
  const [, low = NaN, high = NaN] = (/^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []).map(Number);
  if (low < 1024 || high > 65_535 || !(low < high))
    throw new Expectation('must be two ports from 1024 to 65535, such as 40000-44999');
  return { low, high };
}

/** An IP address, in its canonical spelling. Throws Expectation. */
export function readAddress(text: string): string {
  if (isIP(text) === 0) throw new Expectation('must be an IP address');
  return canonicalAddress(text);
}
