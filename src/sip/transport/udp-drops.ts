import { endianness } from 'node:os';
import { parseAddress } from '../../kit/ip.ts';
import type { Endpoint } from './transport.ts';
import { udpSockets } from './udp-table.ts';

const WORD_BYTES = 4;

/**
 * Datagrams that the system received for these sockets and dropped, mostly because the receive buffer was full.
 * They were dropped before we could count them. 0 on a system that does not tell.
 */
export function udpDrops(endpoints: readonly Endpoint[]): number {
  const wanted = new Set(endpoints.map(tableAddress));
  return udpSockets()
    .filter(({ local }) => wanted.has(local))
    .reduce((total, { drops }) => total + drops, 0);
}

/** `127.0.0.1:5060` as `0100007F:13C4`: words of four bytes, each in the byte order of the machine. */
function tableAddress({ address, port }: Endpoint): string {
  const { value, bits } = parseAddress(address) ?? { value: 0n, bits: 32 };
  const bytes = Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex');
  if (endianness() === 'LE')
    for (let at = 0; at < bytes.length; at += WORD_BYTES) bytes.subarray(at, at + WORD_BYTES).reverse();
  const hexPort = port.toString(16).padStart(4, '0');
  return `${bytes.toString('hex')}:${hexPort}`.toUpperCase();
}
