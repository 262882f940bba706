import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** A UDP socket for media at an address of ours; port 0 takes a free one. Rejects when there is none to be had. */
export async function openRtpSocket(address: string, port = 0): Promise<Socket> {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: `udp${family}`,
    // Targets are addresses already; the resolver would cost a turn of the event loop for each packet.
    lookup: (host, _options, callback) => callback(null, host, family),
  });
  try {
    const listening = once(socket, 'listening');
    socket.bind(port, address);
    await listening;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
