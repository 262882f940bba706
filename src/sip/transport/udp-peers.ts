import type { Socket } from 'node:dgram';
import { hostPort } from '../../kit/ip.ts';
import type { Timer } from '../../kit/clock.ts';
import type { Peers } from '../../kit/peers.ts';
import { eachDatagram, senderOf } from './datagrams.ts';
import type { SendNow } from './datagrams.ts';
import type { ConnectionContext } from './peer-connection.ts';
import type { Endpoint } from './transport.ts';
import { openSocket, SHARES_PORT } from './udp-socket.ts';
import type { UdpListener, UdpSender } from './udp.ts';

/** Sends remembered until the peer shows that it lives; of more than these the oldest are taken as delivered. */
const MOST_UNPROVEN = 256;

/** What threads tell one another: a closed port, by its key. */
const TOPIC = 'closed ports';

type Failed = (error: Error) => void;

/**
 * UDP sockets connected to single peers, on the port of a listener: only a connected socket is told by the system that
 * the peer's port is closed (ICMP port unreachable). Whoever cannot have one is sent to from the listener.
 */
export class UdpPeers {
  readonly #peersElsewhere: Peers;
  readonly #context: ConnectionContext;
  readonly #peers = new Map<string, UdpPeer>();
  readonly #senders = new WeakMap<UdpListener, UdpSender>();
  #closed = false;

  constructor(context: ConnectionContext, others: Peers) {
    this.#context = context;
    this.#peersElsewhere = others;
    // The system tells one socket of those that share the port and the peer, which need not be the one that sent.
    others.on(TOPIC, (key: string) => this.#peers.get(key)?.refusedElsewhere());
  }

  /** Sends as the listener would, but hears of closed ports. */
  sender(listener: UdpListener): UdpSender {
    const known = this.#senders.get(listener);
    if (known) return known;
    const own = ownKey(listener.local);
    const sender: UdpSender = {
      local: listener.local,
      send: (bytes, to, onError) => (this.#peerFor(listener, own, to) ?? listener).send(bytes, to, onError),
    };
    this.#senders.set(listener, sender);
    return sender;
  }

  /** Something came from there by the socket of another thread: the peer lives. */
  heard({ local }: UdpListener, { address, port }: Endpoint): void {
    if (this.#peers.size > 0) this.#peers.get(`${ownKey(local)}${hostPort(address, port)}`)?.heard();
  }

  close(): void {
    this.#closed = true;
    for (const peer of this.#peers.values()) peer.close();
  }

  /** Closes the sockets that share the port of this listener, which is about to close. */
  closeOf(local: Endpoint): void {
    const own = ownKey(local);
    for (const [key, peer] of this.#peers) if (key.startsWith(own)) peer.close();
  }

  /** `own` is how the keys of the listener's peers begin. */
  #peerFor(listener: UdpListener, own: string, remote: Endpoint): UdpPeer | undefined {
    const key = `${own}${hostPort(remote.address, remote.port)}`;
    const known = this.#peers.get(key);
    const full = this.#peers.size >= this.#context.limits.udpPeers;
    if (known || full || this.#closed || !SHARES_PORT) return known;
    const peer = new UdpPeer(listener, remote, this.#context, {
      gone: () => this.#peers.delete(key),
      refused: () => this.#peersElsewhere.tellAll(TOPIC, key),
    });
    this.#peers.set(key, peer);
    return peer;
  }
}

function ownKey({ address, port }: Endpoint): string {
  return `${hostPort(address, port)} `;
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
  #sendNow: SendNow = () => false;
  #waiting: { bytes: Buffer; failed: Failed | undefined }[] | undefined = [];
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

  send(bytes: Buffer, _to: Endpoint, onError?: Failed): void {
    if (this.#closed) return this.#listener.send(bytes, this.#remote, onError);
    this.#used = true;
    if (this.#waiting) this.#waiting.push({ bytes, failed: onError });
    else this.#transmit(bytes, onError);
  }

  /** Whatever still waits goes out of the listener. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#news.gone();
    this.#idle?.cancel();
    this.#socket?.close();
    for (const { bytes, failed } of this.#waiting ?? []) this.#listener.send(bytes, this.#remote, failed);
  }

  async #open(): Promise<void> {
    const { limits } = this.#context;
    const socket = await openSocket(this.#listener.local, limits.udpReceiveBuffer, true);
    this.#socket = socket;
    this.#sendNow = senderOf(socket);
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
    for (const { bytes, failed } of waiting) this.#transmit(bytes, failed);
  }

  #transmit(bytes: Buffer, failed: Failed | undefined): void {
    const socket = this.#socket;
    if (!socket || this.#closed || socket.getSendQueueSize() + bytes.length > this.#context.limits.udpSendQueue)
      return this.#listener.send(bytes, this.#remote, failed);
    if (failed) this.#unproven.push(failed);
    if (this.#unproven.length > MOST_UNPROVEN) this.#unproven.shift();
    if (this.#sendNow(bytes)) return;
    // The system may tell of an earlier datagram here; either way the peer is not there.
    socket.send(bytes, (error) => error && this.#refused(error));
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
