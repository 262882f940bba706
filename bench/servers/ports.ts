import { once } from 'node:events';
import { openSocket } from '../load/sockets.ts';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Addresses of the two gateways; all of 127.0.0.0/8 is this machine on Linux. */
const GATEWAYS = ['127.0.2.1', '127.0.2.2'];

/** `ADDRESS:PORT` that nobody listens on over UDP, one for each gateway. */
export async function freeGateways(): Promise<string[]> {
  return Promise.all(GATEWAYS.map(async (address) => `${address}:${await freeUdpPort(address)}`));
}

/** A UDP port that was free a moment ago. */
export async function freeUdpPort(address = '127.0.0.1'): Promise<number> {
  const socket = await openSocket(address, 0);
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Whether somebody on this machine has this UDP port. */
export function isBound(port: number): boolean {
  const text = port.toString(16).toUpperCase().padStart(4, '0');
  return new RegExp(`^ *\\d+: [0-9A-F]{8}:${text} `, 'm').test(readFileSync('/proc/net/udp', 'utf8'));
}
