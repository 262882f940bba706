import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Where a UDP peer is. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Bytes; the system may grant less. */
const BUFFER = 4_000_000;

/** A UDP socket on `address` that talks to `target` only: connected, so that a send costs no look-up. */
export async function openSocket(address: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER, sendBufferSize: BUFFER });
  socket.bind({ address, port });
  await once(socket, 'listening');
  return socket;
}

/** Has a socket talk to `target` only, so that a send costs no look-up and nobody else is heard. */
export async function connect(socket: Socket, target: Endpoint): Promise<void> {
  socket.connect(target.port, target.address);
  await once(socket, 'connect');
}

/** `ADDRESS:PORT`. Throws when it is something else. */
export function readEndpoint(text: string): Endpoint {
  const [address, port] = text.split(':');
  if (address === undefined || !/^\d{1,5}$/.test(port ?? '')) throw new Error(`${text} is not ADDRESS:PORT`);
  return { address, port: Number(port) };
}
