import type { Socket } from 'node:dgram';
import { hostPort } from '../../kit/ip.ts';
import type { Timer } from '../../kit/clock.ts';
import type { Peers } from '../../kit/peers.ts';
import { eachDatagram } from './datagrams.ts';
import { EndpointMap } from './endpoint-map.ts';
import { Outbox } from './outbox.ts';
import type { ConnectionContext } from './peer-connection.ts';
import type { Endpoint } from './transport.ts';
import { openSocket, SHARES_PORT } from './udp-socket.ts';
import type { UdpListener, UdpSender } from './udp.ts';

/** Sends remembered until the peer shows that it lives; of more than these the oldest are taken as delivered. */
const MOST_UNPROVEN = 256;

/** What threads tell one another: that a port is closed. */
const TOPIC = 'closed ports';

/** From where we send, and to whom. */
interface Pair {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

type Failed = (error: Error) => void;

/**
 * UDP sockets connected to single peers, on the port of a listener: only a connected socket is told by the system that
 * the peer's port is closed (ICMP port unreachable). Whoever cannot have one is sent to from the listener.
 */
export class UdpPeers {
  readonly #peersElsewhere: Peers;
  readonly #context: ConnectionContext;
  /** By the listeners that they share the port of. */
  readonly #peers = new Map<string, EndpointMap<UdpPeer>>();
  #count = 0;
  readonly #senders = new WeakMap<UdpListener, UdpSender>();
  #closed = false;

  constructor(context: ConnectionContext, others: Peers) {
    this.#context = context;
    this.#peersElsewhere = others;
    // The system tells one socket of those that share the port and the peer, which need not be the one that sent.
    others.on(TOPIC, ({ local, remote }: Pair) => this.#of(local).get(remote)?.refusedElsewhere());
  }

  /** Sends as the listener would, but hears of closed ports. */
  sender(listener: UdpListener): UdpSender {
    const known = this.#senders.get(listener);
    if (known) return known;
    const peers = this.#of(listener.local);
    const sender: UdpSender = {
      local: listener.local,
      send: (text, to, onError) =>
        (peers.get(to) ?? this.#connect(listener, peers, to) ?? listener).send(text, to, onError),
    };
    this.#senders.set(listener, sender);
    return sender;
  }

  /** Something came from there by the socket of another thread: the peer lives. */
  heard({ local }: UdpListener, remote: Endpoint): void {
    if (this.#count > 0) this.#of(local).get(remote)?.heard();
  }

  close(): void {
    this.#closed = true;
    for (const peers of this.#peers.values()) for (const peer of peers.values) peer.close();
  }

  /** Closes the sockets that share the port of this listener, which is about to close. */
  closeOf(local: Endpoint): void {
    for (const peer of this.#of(local).values) peer.close();
  }

  #of({ address, port }: Endpoint): EndpointMap<UdpPeer> {
    const key = hostPort(address, port);
    let peers = this.#peers.get(key);
    if (!peers) this.#peers.set(key, (peers = new EndpointMap()));
    return peers;
  }

  /** A new one among the listener's; undefined when there may be no more. */
  #connect(listener: UdpListener, peers: EndpointMap<UdpPeer>, remote: Endpoint): UdpPeer | undefined {
    if (this.#count >= this.#context.limits.udpPeers || this.#closed || !SHARES_PORT) return undefined;
    const peer = new UdpPeer(listener, remote, this.#context, {
      gone: () => {
        this.#count -= 1;
        peers.delete(remote);
      },
      refused: () => this.#peersElsewhere.tellAll(TOPIC, { local: listener.local, remote } satisfies Pair),
    });
    this.#count += 1;
    peers.set(remote, peer);
    return peer;
  }
}

/** Who is told of a peer. */
interface PeerNews {
  readonly gone: () => void;
  /** Its port is closed. */
  readonly refused: () => void;
}

/** One peer's socket. What is sent before it is connected waits; when it cannot be, the listener sends it. */
class UdpPeer {
  readonly #listener: UdpListener;
  readonly #remote: Endpoint;
  readonly #context: ConnectionContext;
  readonly #news: PeerNews;
  #socket: Socket | undefined;
  #outbox: Outbox | undefined;
  #waiting: { text: string; failed: Failed | undefined }[] | undefined = [];
  #unproven: Failed[] = [];
  /** Whether anything was sent or came since it was last looked at. */
  #used = true;
  #idle: Timer | undefined;
  #closed = false;

  constructor(listener: UdpListener, remote: Endpoint, context: ConnectionContext, news: PeerNews) {
    this.#listener = listener;
    this.#remote = remote;
    this.#context = context;
    this.#news = news;
    this.#watch();
    this.#open().catch(() => this.close());
  }

  send(text: string, _to: Endpoint, onError?: Failed): void {
    if (this.#closed) return this.#listener.send(text, this.#remote, onError);
    this.#used = true;
    if (this.#waiting) this.#waiting.push({ text, failed: onError });
    else this.#transmit(text, onError);
  }

  /** Whatever still waits goes out of the listener. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#news.gone();
    this.#idle?.cancel();
    this.#outbox?.flush();
    this.#socket?.close();
    for (const { text, failed } of this.#waiting ?? []) this.#listener.send(text, this.#remote, failed);
  }

  async #open(): Promise<void> {
    const { limits } = this.#context;
    const socket = await openSocket(this.#listener.local, limits.udpReceiveBuffer, true);
    this.#socket = socket;
    this.#outbox = new Outbox(socket, (text, _to, failed) =>
      socket.send(Buffer.from(text, 'latin1'), (error) => error && this.#unsent(error, failed)),
    );
    // Until it is connected, strangers' datagrams may come in here as well.
    eachDatagram(socket, (bytes, source) => this.#receive(bytes, source));
    socket.on('error', (error) => this.#refused(error));
    if (this.#closed) return void socket.close();
    socket.once('connect', () => this.#connected());
    socket.connect(this.#remote.port, this.#remote.address);
  }

  #connected(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { text, failed } of waiting) this.#transmit(text, failed);
  }

  #transmit(text: string, failed: Failed | undefined): void {
    const socket = this.#socket;
    if (!socket || this.#closed || socket.getSendQueueSize() + text.length > this.#context.limits.udpSendQueue)
      return this.#listener.send(text, this.#remote, failed);
    if (failed) this.#unproven.push(failed);
    if (this.#unproven.length > MOST_UNPROVEN) this.#unproven.shift();
    this.#outbox?.send(text, undefined, failed);
  }

  heard(): void {
    if (!this.#waiting) this.#unproven = [];
    this.#used = true;
  }

  #receive(bytes: Buffer, source: Endpoint): void {
    this.heard();
    this.#listener.receive(bytes, source);
  }

  /**
   * The peer's port is closed. Only what has had no sign of life since it was sent fails: the notice can be forged by
   * whoever knows both ports, and must not end a call that is being answered.
   */
  #refused(error: Error): void {
    if (this.#waiting) return this.close();
    this.#news.refused();
    this.#fail(error);
  }

  /** The system did not take a datagram: that its port is closed it tells of an earlier one, all else of this one alone. */
  #unsent(error: NodeJS.ErrnoException, failed: Failed | undefined): void {
    if (error.code === 'ECONNREFUSED') return this.#refused(error);
    this.#unproven = this.#unproven.filter((other) => other !== failed);
    this.#context.inbox.count('send-failed', 'udp');
    failed?.(error);
  }

  /** Likewise, as another thread was told. */
  refusedElsewhere(): void {
    this.#fail(new Error('the port is closed'));
  }

  #fail(error: Error): void {
    const unproven = this.#unproven;
    this.#unproven = [];
    this.#context.inbox.count('send-failed', 'udp');
    for (const failed of unproven) failed(error);
  }

  /** Closes it when nothing happened for the idle time; a look now and then costs less than a timer with each datagram. */
  #watch(): void {
    this.#idle = this.#context.wheel.after(this.#context.limits.idleMs, () => {
      if (!this.#used) return this.close();
      this.#used = false;
      this.#watch();
    });
  }
}
