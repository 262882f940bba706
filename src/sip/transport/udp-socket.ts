import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Endpoint } from './transport.ts';

/**
 * Whether sockets that are connected to single peers can share the port of a listener: on Linux the system then gives
 * them what comes from their peer and the listener all else. Elsewhere the rules differ, and a closed port just stays silent.
 */
export const SHARES_PORT = process.platform === 'linux';

/** Opens the socket of a listener. Rejects when the address cannot be bound, or when somebody else has it. */
export async function claimPort(endpoint: Endpoint, receiveBuffer: number): Promise<Socket> {
  // Sharing would let a second gate on this port go unnoticed, so the port is taken for this one alone first.
  const alone = await openSocket(endpoint, receiveBuffer, false);
  if (!SHARES_PORT) return alone;
  const { port } = alone.address();
  await new Promise<void>((resolve) => alone.close(resolve));
  return openSocket({ ...endpoint, port }, receiveBuffer, true);
}

/** Rejects when the endpoint cannot be bound. */
export async function tryDatagrams(endpoint: Endpoint): Promise<void> {
  const socket = await openSocket(endpoint, 0, false);
  await new Promise<void>((resolve) => socket.close(resolve));
}

/** A bound socket; one that shares its port does so only with others of the same user (SO_REUSEPORT). */
export async function openSocket({ address, port }: Endpoint, receiveBuffer: number, shared: boolean): Promise<Socket> {
  // An IPv6 socket takes IPv6 alone, so that an IPv4 source never comes as ::ffff:a.b.c.d.
  const ipv6Only = isIPv6(address);
  const type = ipv6Only ? 'udp6' : 'udp4';
  const socket = createSocket({ type, ipv6Only, reusePort: shared, lookup: takeAddress });
  try {
    // It is bound at once, so the event has to be awaited before.
    const listening = once(socket, 'listening');
    socket.bind({ address, port });
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  if (receiveBuffer > 0) enlargeBuffer(socket, receiveBuffer);
  return socket;
}

/** Only addresses are bound and sent to. The runtime's own look-up would put each datagram off to a later tick. */
function takeAddress(address: string, _options: unknown, done: (error: null, address: string, family: number) => void) {
  done(null, address, address.includes(':') ? 6 : 4);
}

function enlargeBuffer(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // Some systems refuse what is above their limit instead of giving that much; their default has to do.
  }
}
