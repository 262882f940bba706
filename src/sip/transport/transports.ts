import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../kit/clock.ts';
import { isLoopback } from '../../kit/ip.ts';
import type { ConnectionStream } from '../../kit/lent-socket.ts';
import { memoized } from '../../kit/memo.ts';
import { ALONE, type Peers } from '../../kit/peers.ts';
import { parseDatagram } from '../message/parse.ts';
import { TimerWheel } from '../timer-wheel.ts';
import { ConnectionsElsewhere } from './connections-elsewhere.ts';
import { HandingOver, type Arrival } from './handing-over.ts';
import { Inbox, type WayBack } from './inbox.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { Limits } from './limits.ts';
import type { ConnectionContext, Threads } from './peer-connection.ts';
import { ConnectionPool } from './pool.ts';
import { StreamListener, tryStream } from './stream-listener.ts';
import type {
  Binding,
  Endpoint,
  Flow,
  Sharing,
  TlsMaterial,
  TransportCounters,
  TransportName,
  TransportUser,
} from './transport.ts';
import { udpDrops } from './udp-drops.ts';
import { NO_QUEUE, type Queue } from './udp-queue.ts';
import { UdpPeers } from './udp-peers.ts';
import { tryDatagrams } from './udp-socket.ts';
import { UdpFlow, UdpListener } from './udp.ts';
import { WebSockets } from './web-sockets.ts';

interface TransportsOptions {
  readonly user: TransportUser;
  readonly clock: Clock;
  /** Needed to listen on TLS; the certificate is shown to TLS peers as well. */
  readonly tls?: TlsMaterial;
  readonly limits?: Partial<Limits>;
  /** Origins whose pages may open WebSockets; null or absent: the host that was asked for. */
  readonly origins?: readonly string[] | null;
  readonly counters?: TransportCounters;
  /** The threads that share our ports. */
  readonly peers?: Peers;
  /** Whether the first of them has every call now. */
  readonly onlyFirst?: () => boolean;
}

/** A peer to reach. */
export interface FlowTarget extends Endpoint {
  readonly transport: TransportName;
  /** TLS: the name the peer's certificate must carry; its address when absent. */
  readonly serverName?: string;
  /** TLS: false accepts any certificate. */
  readonly rejectUnauthorized?: boolean;
  /** UDP: fail at once when the peer's port is closed, at the price of a socket for that peer. For gateways. */
  readonly attentive?: boolean;
  /** TCP and TLS: milliseconds for opening a connection, where the common limit is too long. */
  readonly connectMs?: number | undefined;
  /** Which of our listening endpoints to send from, when there are several. */
  readonly via?: Endpoint;
}

/** All transports of one element (RFC 3261 §18): its listeners and the flows to its peers. */
export class Transports {
  readonly #inbox: Inbox;
  readonly #limits: Limits;
  readonly #context: ConnectionContext;
  readonly #tls: TlsMaterial | undefined;
  readonly #wheel: TimerWheel;
  readonly #pool: ConnectionPool;
  readonly #webSockets: WebSockets;
  readonly #udpPeers: UdpPeers;
  readonly #udp: UdpListener[] = [];
  /** Which of them to send from by the address sent to; made anew when they change. */
  #udpChoice = chosenBy(this.#udp);
  readonly #streams: StreamListener[] = [];

  constructor({ user, clock, tls, limits, counters, origins = null, peers = ALONE, onlyFirst }: TransportsOptions) {
    this.#inbox = new Inbox(user, counters);
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#tls = tls;
    this.#wheel = new TimerWheel(clock, (error) => user.crashed?.(error));
    const threads = peers.count > 1 ? this.#threads(peers, onlyFirst ?? (() => false)) : null;
    const context = { inbox: this.#inbox, limits: this.#limits, wheel: this.#wheel, threads };
    this.#context = context;
    this.#pool = new ConnectionPool(context, tls);
    this.#webSockets = new WebSockets(context, this.#pool, origins);
    this.#udpPeers = new UdpPeers(context, peers);
  }

  /** What is listened on, with the true ports. */
  get listening(): readonly Binding[] {
    return [...this.#udp, ...this.#streams].map(({ transport, local }) => ({
      transport,
      address: local.address,
      port: local.port,
    }));
  }

  /** Datagrams that came for our UDP listeners and that the system dropped before they were read. */
  get droppedDatagrams(): number {
    return udpDrops(this.#udp.map(({ local }) => local));
  }

  /** What waits at the UDP listeners of this thread: how full the fullest is, and the others' figures together. */
  get queue(): Queue {
    return this.#udp
      .map(({ queue }) => queue)
      .reduce(
        (all, { fill, drops, taken }) => ({
          fill: Math.max(all.fill, fill),
          drops: all.drops + drops,
          taken: all.taken + taken,
        }),
        NO_QUEUE,
      );
  }

  /**
   * Starts to listen; resolves to the endpoint with its true port. Rejects when the address cannot be had. `tls` is for
   * this listener alone, `sharing` says whether other threads listen there too.
   */
  async listen(
    { transport, address, port }: Binding,
    { tls = this.#tls, sharing = 'alone' }: { tls?: TlsMaterial | undefined; sharing?: Sharing } = {},
  ): Promise<Endpoint> {
    const endpoint = { address, port };
    if (transport === 'udp') {
      const listener = await UdpListener.bind(endpoint, this.#context, sharing);
      this.#udp.push(listener);
      this.#udpChoice = chosenBy(this.#udp);
      return listener.local;
    }
    if (transport === 'tls' && !tls) throw new Error('listening on TLS needs a certificate');
    const shared = sharing !== 'alone';
    // Sharing would let a second gate on this port go unnoticed.
    const free = sharing === 'begins' ? await tryStream(endpoint) : port;
    const listener = await StreamListener.listen({
      endpoint: { address, port: free },
      shared,
      tls: transport === 'tls' ? tls : undefined,
      handshakeMs: this.#limits.messageMs,
      admit: (socket) => this.#pool.admit(socket, transport),
      accept: (socket) => this.#pool.accept(socket, transport, shared),
      failed: () => this.#inbox.count('socket-error', transport),
    });
    this.#streams.push(listener);
    return listener.local;
  }

  /** Stops to listen on one binding; connections that came by it stay. Nothing happens where there is no such listener. */
  async unlisten({ transport, address, port }: Binding): Promise<void> {
    const isIt = (listener: UdpListener | StreamListener): boolean =>
      listener.transport === transport && listener.local.address === address && listener.local.port === port;
    const datagrams = this.#udp.find(isIt);
    const stream = this.#streams.find(isIt);
    if (datagrams) {
      this.#udp.splice(this.#udp.indexOf(datagrams), 1);
      this.#udpChoice = chosenBy(this.#udp);
      this.#udpPeers.closeOf(datagrams.local);
      await datagrams.release();
    }
    if (stream) {
      this.#streams.splice(this.#streams.indexOf(stream), 1);
      stream.release();
    }
  }

  /** Whether the binding could be listened on, without doing so. Rejects with the system's reason when it cannot. */
  async tryListen({ transport, address, port }: Binding): Promise<void> {
    await (transport === 'udp' ? tryDatagrams({ address, port }) : tryStream({ address, port }));
  }

  /** Takes handshakes of WebSockets from now on. */
  serveWebSockets(): void {
    this.#webSockets.serve();
  }

  /** Takes a connection of an HTTP server that asks to become a WebSocket. Never throws. */
  upgrade(request: IncomingMessage, socket: ConnectionStream, head: Buffer, secure: boolean): void {
    this.#webSockets.upgrade(request, socket, head, secure);
  }

  /** Closes all WebSockets and takes no more. */
  closeWebSockets(): Promise<void> {
    return this.#webSockets.close();
  }

  /**
   * The way to a peer. WebSockets lead only to clients that have one open. UDP goes out of the listening socket, so a listener has to be there first. TCP and TLS take the
   * connection to that peer that is open, or open one when something is sent; what cannot be sent tells `onError`.
   */
  flowTo({ transport, address, port, serverName, rejectUnauthorized, attentive, connectMs, via }: FlowTarget): Flow {
    if (transport === 'udp') return this.#udpFlow({ address, port }, via, attentive);
    if (transport === 'ws' || transport === 'wss') return this.#webSockets.flowTo(transport, { address, port });
    const local = choose(
      this.#streams.filter((listener) => listener.transport === transport),
      address,
      via,
    )?.local;
    const localAddress =
      via?.address ?? (local && isLoopback(local.address) && isLoopback(address) ? local.address : undefined);
    const peer = { transport, address, port, serverName, rejectUnauthorized, connectMs, localAddress };
    return this.#pool.flowTo(peer, local ?? (via ? { address: via.address, port: 0 } : unbound(address)));
  }

  /** Stops listening, delivers what was written to connections, and closes everything. */
  async close(): Promise<void> {
    const drained = Promise.all([this.#pool.close(), this.#webSockets.close()]);
    void drained.then(() => this.#udpPeers.close());
    await Promise.all([...this.#udp, ...this.#streams].map((listener) => listener.close(drained)));
    this.#wheel.close();
  }

  #threads(peers: Peers, onlyFirst: () => boolean): Threads {
    const connections = new ConnectionsElsewhere(peers);
    const messages = new HandingOver({
      peers,
      onlyFirst,
      take: (bytes, arrival, from) => this.#takeHanded(bytes, arrival, from),
      lost: (transport) => this.#inbox.count('thread-behind', transport),
      onError: (error) => this.#inbox.crashed(error),
    });
    return { connections, messages };
  }

  /** Takes in what came by a socket of another thread. */
  #takeHanded(bytes: Buffer, arrival: Arrival, from: number): void {
    const way = this.#wayBack(arrival, from);
    if (way) this.#inbox.take(parseDatagram(bytes), arrival.source, arrival.transport, way);
  }

  /** What answers it; undefined when the listener is gone. */
  #wayBack({ transport, connection, ...arrival }: Arrival, from: number): WayBack | undefined {
    if (transport === 'udp') {
      const listener = choose(this.#udp, arrival.source.address, arrival.local);
      if (!listener) return undefined;
      this.#udpPeers.heard(listener, arrival.source);
      return { flowFor: (source, request) => listener.flowFor(source, request) };
    }
    const channel = this.#context.threads?.connections.heard(from, connection ?? 0);
    if (!channel) return undefined;
    return transport === 'ws' || transport === 'wss'
      ? this.#webSockets.wayBack(channel, { transport, ...arrival })
      : this.#pool.wayBack(channel, { transport, ...arrival });
  }

  #udpFlow(remote: Endpoint, via: Endpoint | undefined, attentive = false): Flow {
    const listener = via ? choose(this.#udp, remote.address, via) : this.#udpChoice(remote.address).listener;
    if (listener) return new UdpFlow(attentive ? this.#udpPeers.sender(listener) : listener, remote);
    return {
      transport: 'udp',
      reliable: false,
      secure: false,
      local: unbound(remote.address),
      remote,
      send: (_bytes, onError) => void (onError && setImmediate(onError, new Error('no UDP listener to send from'))),
    };
  }
}

/** The listener to send from: the one asked for; else of the same family, on the same side of the loopback if there is one. */
function choose<T extends { local: Endpoint }>(
  listeners: T[],
  address: string,
  via: Endpoint | undefined,
): T | undefined {
  if (via) return listeners.find(({ local }) => local.address === via.address && local.port === via.port);
  const family = listeners.filter(({ local }) => isIPv6(local.address) === isIPv6(address));
  return family.find(({ local }) => isLoopback(local.address) === isLoopback(address)) ?? family[0];
}

/** Peers for which it is remembered which listener they are sent to from. */
const MOST_REMEMBERED = 1000;

function chosenBy(listeners: UdpListener[]): (address: string) => { readonly listener: UdpListener | undefined } {
  return memoized((address) => ({ listener: choose(listeners, address, undefined) }), {
    most: MOST_REMEMBERED,
    longest: 64,
  });
}

function unbound(address: string): Endpoint {
  return { address: isIPv6(address) ? '::' : '0.0.0.0', port: 0 };
}
