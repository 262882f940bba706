import { canonicalAddress, mask, parseAddress } from '../../kit/ip.ts';

/** A party of the IPv6 internet is given at least a /64, so that is what one source is. */
const IPV6_SOURCE_BITS = 64;

/** The name under which everything from an address is counted: IPv4 as it is, IPv6 as its /64, `::ffff:a.b.c.d` as a.b.c.d. */
export function sourceName(address: string): string {
  if (!address.includes(':')) return address;
  const parsed = parseAddress(address);
  if (!parsed || parsed.bits === 32) return canonicalAddress(address);
  const { value } = mask(parsed, IPV6_SOURCE_BITS);
  const groups = [112n, 96n, 80n, 64n].map((shift) => ((value >> shift) & 0xffffn).toString(16));
  return `${groups.join(':')}::/64`;
}
