import { STATUS_CODES, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { WebSocket, WebSocketServer } from 'ws';
import { canonicalAddress, hostPort } from '../../kit/ip.ts';
import { later } from '../../kit/later.ts';
import type { ConnectionStream } from '../../kit/lent-socket.ts';
import { MAX_STREAM_MESSAGE_BYTES } from '../message/limits.ts';
import type { Arrival } from './handing-over.ts';
import type { WayBack } from './inbox.ts';
import type { ConnectionContext } from './peer-connection.ts';
import { remoteOf, type ConnectionPool } from './pool.ts';
import { StreamFlow, type Channel } from './stream-flow.ts';
import type { Endpoint, Flow, WebSocketTransport } from './transport.ts';
import { WebSocketConnection } from './web-socket-connection.ts';
import { handshakeFault } from './web-socket-handshake.ts';

const require = createRequire(import.meta.url);
const library = later(() => require('ws') as typeof import('ws'));

/** What came by a WebSocket. */
type WebSocketArrival = Arrival & { readonly transport: WebSocketTransport };

/** All WebSockets: handshakes that a server of HTTP hands over, and which connection leads to a peer (RFC 7118). */
export class WebSockets {
  readonly #context: ConnectionContext;
  readonly #pool: ConnectionPool;
  /** Null: only pages of the host that was asked for. */
  readonly #origins: readonly string[] | null;
  readonly #byPeer = new Map<string, WebSocketConnection>();
  /** Does the handshake and the framing; made for the first that comes. */
  #server: WebSocketServer | null = null;
  #serving = false;

  /** `pool` counts these connections among its own. */
  constructor(context: ConnectionContext, pool: ConnectionPool, origins: readonly string[] | null) {
    this.#context = context;
    this.#pool = pool;
    this.#origins = origins;
  }

  /** Takes handshakes from now on. */
  serve(): void {
    this.#serving = true;
  }

  /** Takes a connection that asks by HTTP to become a WebSocket; refuses it or starts to read it. */
  upgrade(request: IncomingMessage, socket: ConnectionStream, head: Buffer, secure: boolean): void {
    const transport = secure ? 'wss' : 'ws';
    socket.on('error', () => this.#context.inbox.count('socket-error', transport));
    if (!this.#serving) return refuse(socket, 503, 'not taking connections now');
    if (!this.#pool.admit(socket, transport)) return void socket.destroy();
    const fault = handshakeFault(request, secure, this.#origins);
    if (fault) return refuse(socket, fault.status, fault.text);
    this.#server ??= createServer();
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, socket, transport));
  }

  /** A flow over the connection that the peer has open; nothing else leads there. */
  flowTo(transport: WebSocketTransport, remote: Endpoint): Flow {
    const connect = (): Channel => {
      const own = this.#byPeer.get(keyOf(transport, remote));
      const connection = own?.open ? own : this.#context.threads?.connections.find(transport, remote);
      if (!connection) throw new Error('connection is closed');
      return connection;
    };
    return new StreamFlow({ transport, local: { address: '0.0.0.0', port: 0 }, remote, connect });
  }

  /** Makes the flows for what came by a connection, whichever thread holds it. */
  wayBack(connection: Channel, { transport, source: remote, local }: WebSocketArrival): WayBack {
    const connect = (): never => {
      throw new Error('connection is closed');
    };
    return { flowFor: () => new StreamFlow({ transport, local, remote, connection, connect }) };
  }

  /** Takes no more handshakes, and closes every connection once what was written is delivered. */
  async close(): Promise<void> {
    this.#serving = false;
    await Promise.all(
      [...this.#byPeer.values()].map((connection) => {
        connection.shutdown();
        return connection.closed;
      }),
    );
  }

  #accept(ws: WebSocket, socket: ConnectionStream, transport: WebSocketTransport): void {
    const remote = remoteOf(socket);
    if (!remote) return ws.terminate();
    const local = { address: canonicalAddress(socket.localAddress ?? ''), port: socket.localPort ?? 0 };
    const { threads } = this.#context;
    const way = (own: WebSocketConnection): WayBack => ({
      ...this.wayBack(own, { transport, source: remote, local }),
      ...(threads && {
        handOver: (message) => {
          const number = threads.connections.numberOf(own);
          return threads.messages.handsOver(message, { transport, source: remote, local, connection: number });
        },
      }),
    });
    const connection = new WebSocketConnection(ws, { transport, remote, socket, way }, this.#context);
    threads?.connections.add(connection, true);
    const key = keyOf(transport, remote);
    this.#byPeer.set(key, connection);
    ws.once('close', () => {
      if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
    });
  }
}

/** It listens nowhere. */
function createServer(): WebSocketServer {
  return new (library().WebSocketServer)({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_STREAM_MESSAGE_BYTES,
    // SIP is not all text in UTF-8; the parser judges the bytes.
    skipUTF8Validation: true,
    handleProtocols: () => 'sip',
  });
}

function keyOf(transport: WebSocketTransport, { address, port }: Endpoint): string {
  return `${transport} ${hostPort(address, port)}`;
}

function refuse(socket: ConnectionStream, status: number, text: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain',
    `Content-Length: ${text.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  socket.destroySoon();
}
