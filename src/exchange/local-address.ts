import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Endpoint } from '../sip/transport/transport.ts';

/** The address of this machine that packets to `remote` leave from; rejects without a route. Nothing is sent. */
export async function localAddressTowards({ address, port }: Endpoint): Promise<string> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    const connected = once(socket, 'connect');
    socket.connect(port, address);
    await connected;
    return socket.address().address;
  } finally {
    socket.close();
  }
}
