import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { canonicalAddress, hostPort } from '../../kit/ip.ts';
import type { ConnectionStream, SocketEnds } from '../../kit/lent-socket.ts';
import type { SipRequest } from '../message/message.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { ConnectionContext } from './peer-connection.ts';
import type { Arrival } from './handing-over.ts';
import type { WayBack } from './inbox.ts';
import { dial } from './dial.ts';
import type { Peer } from './dial.ts';
import { ConnectionQuota } from './quota.ts';
import { StreamFlow, type Channel } from './stream-flow.ts';
import type { Endpoint, Flow, TlsMaterial, TransportName } from './transport.ts';
import { responseEndpoint } from './via-received.ts';

/** What came by a TCP or TLS connection. */
type StreamArrival = Arrival & { readonly transport: 'tcp' | 'tls' };

/** All TCP and TLS connections: those that came, those that were opened, and which of them leads to a peer. */
export class ConnectionPool {
  readonly #context: ConnectionContext;
  readonly #tls: TlsMaterial | undefined;
  readonly #accepted: ConnectionQuota;
  readonly #dialled: ConnectionQuota;
  readonly #byPeer = new Map<string, Connection>();
  readonly #all = new Set<Connection>();
  #closed = false;

  constructor(context: ConnectionContext, tls: TlsMaterial | undefined) {
    const { connections, connectionsPerSource } = context.limits;
    this.#context = context;
    this.#tls = tls;
    this.#accepted = new ConnectionQuota(connections, connectionsPerSource);
    this.#dialled = new ConnectionQuota(connections, connectionsPerSource);
  }

  /** Whether a socket that was just accepted may stay; it then holds its place until it closes. */
  admit(socket: ConnectionStream, transport: TransportName): boolean {
    const remote = remoteOf(socket);
    if (!remote || !this.#context.inbox.admits(remote, transport, localOf(socket))) return false;
    const giveBack = this.#accepted.take(remote.address);
    if (giveBack) socket.once('close', giveBack);
    else this.#context.inbox.count('connection-refused', transport);
    return giveBack !== undefined;
  }

  /** Starts to read an accepted connection; `shared`: what comes by it may belong to other threads. */
  accept(socket: Socket, transport: 'tcp' | 'tls', shared = false): void {
    const remote = remoteOf(socket);
    const local = localOf(socket);
    if (!remote) return void socket.destroy();
    const names = certifiedNames(socket);
    const way = shared ? this.#wayFrom(local) : { flowFor: this.#flowsFrom(local) };
    const connection = this.#add(acceptedKey(transport, remote), socket, { transport, remote, names, ...way });
    if (shared) this.#context.threads?.connections.add(connection, true);
  }

  /** Makes the flows for what came by a connection of another thread. */
  wayBack(connection: Channel, { transport, source, local, names }: StreamArrival): WayBack {
    return {
      flowFor: (_source, request) => {
        const connect = (): Channel => this.#connect(returnPeer(request, transport, source), local);
        return new StreamFlow({ transport, local, remote: source, names, connection, connect });
      },
    };
  }

  /** A flow to `peer`, over the connection that is open or one that is opened when something is sent. */
  flowTo(peer: Peer, local: Endpoint): Flow {
    const { transport, address, port } = peer;
    return new StreamFlow({ transport, local, remote: { address, port }, connect: () => this.#connect(peer, local) });
  }

  /** Closes every connection once what was written is delivered. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [...this.#all].map((connection) => {
        connection.shutdown();
        return connection.closed;
      }),
    );
  }

  #connect(peer: Peer, local: Endpoint): Channel {
    if (this.#closed) throw new Error('transports are closed');
    const known = this.#find(peer) ?? this.#findElsewhere(peer);
    if (known) return known;
    const giveBack = this.#dialled.take(peer.address);
    if (!giveBack) throw new Error(`too many connections to ${peer.address}`);
    const socket = dial(peer, this.#tls);
    socket.once('close', giveBack);
    const { transport, address, port, connectMs } = peer;
    const readyEvent = transport === 'tls' ? 'secureConnect' : 'connect';
    const options = { transport, remote: { address, port }, readyEvent, connectMs, ...this.#wayFrom(local) } as const;
    const connection = this.#add(dialledKey(peer), socket, options);
    this.#context.threads?.connections.add(connection, false);
    return connection;
  }

  #find(peer: Peer): Connection | undefined {
    const dialled = this.#byPeer.get(dialledKey(peer));
    if (dialled?.open) return dialled;
    // RFC 5923 §8: a connection that came in proves no name.
    const accepted = peer.serverName === undefined ? this.#byPeer.get(acceptedKey(peer.transport, peer)) : undefined;
    return accepted?.open ? accepted : undefined;
  }

  #findElsewhere(peer: Peer): Channel | undefined {
    return peer.serverName === undefined ? this.#context.threads?.connections.find(peer.transport, peer) : undefined;
  }

  #add(key: string, socket: Socket, options: ConnectionOptions): Connection {
    const connection = new Connection(socket, options, this.#context);
    this.#all.add(connection);
    this.#byPeer.set(key, connection);
    socket.once('close', () => {
      this.#all.delete(connection);
      if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
    });
    return connection;
  }

  /** As below, for what is shared with other threads. */
  #wayFrom(local: Endpoint): Pick<ConnectionOptions, 'flowFor' | 'handOver'> {
    const flowFor = this.#flowsFrom(local);
    const { threads } = this.#context;
    if (!threads) return { flowFor };
    const handOver: ConnectionOptions['handOver'] = (connection, message) => {
      const { transport, remote: source, names } = connection;
      const number = threads.connections.numberOf(connection);
      return threads.messages.handsOver(message, { transport, source, local, names, connection: number });
    };
    return { flowFor, handOver };
  }

  /** §18.2.2: a response whose connection is gone takes a new one, to the port of the sent-by. */
  #flowsFrom(local: Endpoint): ConnectionOptions['flowFor'] {
    return (connection, request) => {
      const { transport, remote, names } = connection;
      const connect = (): Channel => this.#connect(returnPeer(request, transport, remote), local);
      return new StreamFlow({ transport, local, remote, names, connection, connect });
    };
  }
}

function returnPeer(request: SipRequest | undefined, transport: 'tcp' | 'tls', remote: Endpoint): Peer {
  if (!request) throw new Error('connection is closed');
  return { transport, ...responseEndpoint(request, remote, transport) };
}

/** Where an accepted socket leads; undefined when it is closed already. */
export function remoteOf({ remoteAddress, remotePort }: SocketEnds): Endpoint | undefined {
  return remoteAddress === undefined || remotePort === undefined
    ? undefined
    : { address: canonicalAddress(remoteAddress), port: remotePort };
}

function localOf({ localAddress, localPort }: SocketEnds): Endpoint {
  return { address: canonicalAddress(localAddress ?? ''), port: localPort ?? 0 };
}

/** The host names (RFC 5922 §7.1) of a certificate that an authority of ours signed; undefined without one. */
function certifiedNames(socket: Socket): string[] | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const names = socket.getPeerX509Certificate()?.subjectAltName?.split(', ') ?? [];
  const hosts = names.flatMap((name) => (name.startsWith('DNS:') ? [name.slice('DNS:'.length).toLowerCase()] : []));
  return hosts.length > 0 ? hosts : undefined;
}

function acceptedKey(transport: 'tcp' | 'tls', { address, port }: Endpoint): string {
  return `accepted ${transport} ${hostPort(address, port)}`;
}

function dialledKey({ transport, address, port, localAddress, serverName, rejectUnauthorized }: Peer): string {
  return [transport, hostPort(address, port), localAddress, serverName, rejectUnauthorized ?? true].join(' ');
}
