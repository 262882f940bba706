import { contains, mask, parseBlock, type Block } from '../../kit/ip.ts';

/** RFC 1918 §3. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].flatMap((text) => parseBlock(text) ?? []);
const WIDEST = 27;

/** The rule of the vendor's tools for CidrAllowedList: an IPv4 prefix of 27 to 32 outside the private blocks. */
export function publicCidr(block: Block): boolean {
  return block.length >= WIDEST && !PRIVATE.some((wide) => contains(wide, mask(block, block.bits)));
}
