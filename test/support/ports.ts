import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Ports below those that systems give out by themselves, so that nobody is given ours before we open it. */
const LOW_PORTS = { first: 10_000, count: 20_000 };

/** RFC 5626 §3.5.1: what a SIP peer takes for a sign of life and nothing else. */
const KEEP_ALIVE = '\r\n\r\n';

/** A port of a loopback address that is free for UDP and for TCP, for programs that cannot be told to take any. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = LOW_PORTS.first + Math.floor(Math.random() * LOW_PORTS.count);
    const candidates = [
      createSocket('udp4').bind(port, address),
      createServer().listen({ host: address, port, exclusive: true }),
    ];
    const opened = await Promise.allSettled(candidates.map((candidate) => once(candidate, 'listening')));
    for (const candidate of candidates) candidate.close();
    if (opened.every(({ status }) => status === 'fulfilled')) return port;
  }
}

/** Whether a SIP peer listens at this loopback address; found out without taking the port from it. */
export function listens(transport: 'udp' | 'tcp', address: string, port: number): Promise<boolean> {
  return transport === 'udp' ? listensOnUdp(address, port) : listensOnTcp(address, port);
}

async function listensOnUdp(address: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.connect(port, address);
  await once(socket, 'connect');
  const send = (): Promise<boolean> => new Promise((resolve) => socket.send(KEEP_ALIVE, (error) => resolve(!error)));
  // On loopback the first is refused at once where nobody listens, which the second is told.
  const taken = (await send()) && (await send());
  socket.close();
  return taken;
}

async function listensOnTcp(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
