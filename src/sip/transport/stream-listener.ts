import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Endpoint, TlsMaterial } from './transport.ts';

/** RFC 9325 §3.1.1: nothing older is safe. */
export const OLDEST_TLS = 'TLSv1.2';

/** How a listener for connections is set up. */
interface StreamListenerOptions {
  readonly endpoint: Endpoint;
  /** Present: TLS. */
  readonly tls?: TlsMaterial | undefined;
  /** A TLS handshake may take this, milliseconds. */
  readonly handshakeMs: number;
  /** Asked before a byte is read; false closes the socket. */
  readonly admit: (socket: Socket) => boolean;
  /** A connection is there; over TLS its handshake is done. */
  readonly accept: (socket: Socket) => void;
  /** A handshake or an accept failed. */
  readonly failed: () => void;
}

/** Listens for TCP or TLS connections on one address. */
export class StreamListener {
  readonly transport: 'tcp' | 'tls';
  readonly local: Endpoint;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, { tls, admit, accept, failed }: StreamListenerOptions) {
    const bound = server.address() as { address: string; port: number };
    this.transport = tls ? 'tls' : 'tcp';
    this.local = { address: bound.address, port: bound.port };
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      if (!admit(socket)) return void socket.destroy();
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      if (!tls) accept(socket);
    });
    server.on('secureConnection', (socket: Socket) => accept(socket));
    server.on('tlsClientError', (_error: Error, socket: Socket) => {
      // A handshake that timed out is only reported, not cut.
      socket.destroy();
      failed();
    });
    server.on('error', failed);
  }

  /** Rejects when the address cannot be bound or the certificate is of no use. */
  static async listen(options: StreamListenerOptions): Promise<StreamListener> {
    const { tls, handshakeMs, endpoint } = options;
    const server = tls
      ? createTlsServer({
          key: tls.key,
          cert: tls.cert,
          minVersion: OLDEST_TLS,
          handshakeTimeout: handshakeMs,
          ...(tls.clientCa !== undefined && {
            ca: tls.clientCa,
            requestCert: true,
            rejectUnauthorized: tls.clientCaRequired === true,
          }),
        })
      : createServer();
    server.listen({ host: endpoint.address, port: endpoint.port, ipv6Only: isIPv6(endpoint.address) });
    await once(server, 'listening');
    return new StreamListener(server, options);
  }

  /** Takes no more connections, and frees the port; those that are there stay. */
  release(): void {
    this.#server.close();
  }

  /** Takes no more connections; those of the pool have until `drained`, unfinished handshakes are cut then. */
  async close(drained: Promise<unknown>): Promise<void> {
    const done = new Promise((resolve) => this.#server.close(resolve));
    await drained;
    for (const socket of this.#sockets) socket.destroy();
    await done;
  }
}

/** Rejects when connections cannot be taken at the endpoint. */
export async function tryStream({ address, port }: Endpoint): Promise<void> {
  const server = createServer();
  server.listen({ host: address, port, ipv6Only: isIPv6(address), exclusive: true });
  await once(server, 'listening');
  await new Promise((resolve) => server.close(resolve));
}
