import { isIPv4, isIPv6 } from 'node:net';
import { memoized } from './memo.ts';

/** An address as a number with its width, so that prefixes compare as integers. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A block of addresses: `value` has its host bits cleared. */
export interface Block extends Address {
  readonly length: number;
}

/**
 * Reads an IPv4 or IPv6 address; undefined when it is neither. IPv6 may stand in brackets and may carry a zone, which
 * is left out. `::ffff:a.b.c.d` reads as the IPv4 address it carries (RFC 5118 §4.9).
 */
export function parseAddress(text: string): Address | undefined {
  return known(text);
}

/** Addresses that are remembered: the same few ask for most, and each several times for one call. */
const MOST_REMEMBERED = 10_000;

const known = memoized(readAddress, { most: MOST_REMEMBERED, longest: 64 });

function readAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: 32, value: ipv4Value(text) };
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (!isIPv6(bare)) return undefined;
  const value = ipv6Value(bare.split('%', 1)[0] ?? '');
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

/**
 * Reads `address/length`, or a lone address as a block of one. Host bits set, brackets, a zone, or anything else that
 * is odd: undefined. `::ffff:a.b.c.d/(96+n)` reads as `a.b.c.d/n`.
 */
export function parseBlock(text: string): Block | undefined {
  const [base = '', suffix, ...rest] = text.split('/');
  const address = /[[%]/.test(base) ? undefined : parseAddress(base);
  if (!address || rest.length > 0) return undefined;
  if (suffix !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(suffix)) return undefined;
  const written = base.includes(':') ? 128 : 32;
  const length = (suffix === undefined ? written : Number(suffix)) - (written - address.bits);
  if (length < 0 || length > address.bits) return undefined;
  return mask(address, length).value === address.value ? { ...address, length } : undefined;
}

/** The block of `length` bits that holds `address`. */
export function mask(address: Address, length: number): Block {
  const host = BigInt(address.bits - length);
  return { bits: address.bits, value: (address.value >> host) << host, length };
}

/** Whether `block` holds `address`. */
export function contains(block: Block, address: Address): boolean {
  return block.bits === address.bits && (address.value ^ block.value) >> BigInt(block.bits - block.length) === 0n;
}

/** The address in its one canonical spelling (RFC 5952), without brackets and zone; anything else in lower case. */
export function canonicalAddress(text: string): string {
  // Only one spelling of IPv4 is taken, and it is asked for with every message.
  if (!text.includes(':')) return text.toLowerCase();
  const address = parseAddress(text);
  if (!address) return text.toLowerCase();
  return address.bits === 32 ? ipv4Text(address.value) : ipv6Text(address.value);
}

/** Whether the address can only be reached from this machine (127.0.0.0/8, ::1, or the name localhost). */
export function isLoopback(text: string): boolean {
  if (isIPv4(text)) return text.startsWith('127.');
  const address = parseAddress(text);
  if (!address) return text.toLowerCase() === 'localhost';
  return address.bits === 32 ? address.value >> 24n === 127n : address.value === 1n;
}

/** Address and port as they stand in a URI: IPv6 in brackets (RFC 5118 §4.1); without a port the host alone. */
export function hostPort(address: string, port: number | null): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === null ? host : `${host}:${port}`;
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6Value(text: string): bigint {
  const dotted = text.lastIndexOf('.') > 0 ? text.slice(text.lastIndexOf(':') + 1) : undefined;
  const plain = dotted ? text.slice(0, -dotted.length) + groupsOf(ipv4Value(dotted)) : text;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOf(value: bigint): string {
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  // RFC 5952 §4.2: the longest run of zeros, at least two, the first of equals, becomes "::".
  const joined = groups.join(':');
  const runs = [...joined.matchAll(/(?:^|:)(?:0(?::0)+)(?=:|$)/g)].map((match) => match[0].replace(/^:/, ''));
  const longest = runs.sort((a, b) => b.length - a.length)[0];
  if (!longest) return joined;
  const at = joined.search(new RegExp(`(?:^|:)${longest}(?:$|:)`));
  const before = joined.slice(0, at);
  const after = joined.slice(at).replace(/^:/, '').slice(longest.length).replace(/^:/, '');
  return `${before}::${after}`;
}
