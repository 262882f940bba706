import {
  createServer as createPlainServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { hostPort } from '../kit/ip.ts';
import type { Binding } from '../kit/read-text.ts';

/** What a client may take of a listener; times in milliseconds. */
export interface HttpLimits {
  /** For the request line and headers to arrive. */
  readonly headersTimeout: number;
  /** For the whole request to arrive. */
  readonly requestTimeout: number;
  /** How often the two above are checked. */
  readonly checkInterval: number;
  /** For a TLS handshake. */
  readonly handshakeTimeout: number;
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveTimeout: number;
  /** Silence on a connection in the middle of a request or an answer, as from a client that stops reading. */
  readonly silenceTimeout: number;
  /** Open connections to one listener; more are closed at once. */
  readonly connections: number;
  /** Bytes of a request's body. With the limit on connections it bounds what strangers can make us hold. */
  readonly body: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  checkInterval: 1_000,
  handshakeTimeout: 10_000,
  keepAliveTimeout: 60_000,
  silenceTimeout: 120_000,
  connections: 2048,
  body: 256 * 1024,
};

/** Less than one record of TLS: so the part that is too much comes together with the request line. */
const LARGEST_HEADERS = 15_000;

/** Who takes over connections that ask at one path to become WebSockets (RFC 6455 §4); elsewhere nobody does. */
export interface WebSocketTaker {
  readonly path: string;
  /** The connection is no longer HTTP's: its answer and its limits are the taker's. `secure`: it came over TLS. */
  take(request: IncomingMessage, socket: Socket, head: Buffer, secure: boolean): void;
}

/** One HTTP server and its connections. */
export interface Listener {
  readonly server: Server;
  /** Starts to listen; the address it got, as `ADDRESS:PORT`. Rejects with a readable message. */
  open(binding: Binding): Promise<string>;
  /** Stops accepting and closes idle connections; resolves when the busy ones are done, or cut at `deadline` ms. */
  close(deadline: number): Promise<void>;
}

interface ListenerOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly webSockets?: WebSocketTaker | undefined;
}

/** A listener, over TLS when given a certificate. */
export function createListener(
  handler: RequestListener,
  limits: HttpLimits,
  { tls, webSockets }: ListenerOptions,
): Listener {
  const options: ServerOptions = {
    maxHeaderSize: LARGEST_HEADERS,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    connectionsCheckingInterval: limits.checkInterval,
    keepAliveTimeout: limits.keepAliveTimeout,
    shouldUpgradeCallback: (request) => webSockets !== undefined && asksForWebSocket(request, webSockets.path),
  };
  const { handshakeTimeout } = limits;
  const server: Server = tls
    ? createTlsServer({ ...options, ...tls, handshakeTimeout }, handler)
    : createPlainServer(options, handler);
  server.setTimeout(limits.silenceTimeout);
  // The server itself knows only connections whose TLS handshake is over.
  const sockets = new Set<Socket>();
  const taken = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    if (sockets.size - taken.size >= limits.connections) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, stream, head) => {
    const socket = stream as Socket;
    taken.add(socket);
    socket.once('close', () => taken.delete(socket));
    webSockets?.take(request, socket, head, tls !== undefined);
  });
  return {
    server,
    open: (binding) => listen(server, binding),
    close(deadline) {
      if (!server.listening) return Promise.resolve();
      return new Promise((resolve) => {
        const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), deadline);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
      });
    },
  };
}

function asksForWebSocket({ url = '', headers }: IncomingMessage, path: string): boolean {
  return url.split('?', 1)[0] === path && headers.upgrade?.toLowerCase() === 'websocket';
}

function listen(server: Server, { host, port }: Binding): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(new Error(`cannot listen on ${hostPort(host, port)}: ${explain(error)}`, { cause: error }));
    };
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      const { address, port: bound } = server.address() as AddressInfo;
      resolve(hostPort(address, bound));
    });
  });
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'another program uses this port';
  if (error.code === 'EACCES') return 'this port needs more rights';
  if (error.code === 'EADDRNOTAVAIL') return 'this machine does not have the address';
  return error.message;
}
