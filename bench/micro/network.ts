import type { Socket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import type { Clock, Timer } from '../../src/kit/clock.ts';

interface Place {
  readonly address: string;
  readonly port: number;
}

interface Datagram {
  readonly to: string;
  readonly bytes: Buffer;
  readonly from: Place;
}

function nameOf({ address, port }: Place): string {
  return `${address}:${port}`;
}

/** So much of a socket of `node:dgram` as is used. */
class QueueSocket extends EventEmitter {
  readonly #send: (datagram: Datagram) => void;
  #local: Place = { address: '', port: 0 };
  remote: Place = { address: '', port: 0 };
  closed = false;
  #to = '';

  constructor(send: (datagram: Datagram) => void) {
    super();
    this.#send = send;
  }

  address(): Place {
    return this.#local;
  }

  bind(place: Place): void {
    this.#local = place;
    process.nextTick(() => this.emit('listening'));
  }

  connect(port: number, address: string): void {
    this.remote = { address, port };
    this.#to = nameOf(this.remote);
    process.nextTick(() => this.emit('connect'));
  }

  /** `send(bytes, port, address, sent)`; without a place when connected. */
  send(bytes: Buffer, port?: unknown, address?: unknown): void {
    const to = typeof port === 'number' && typeof address === 'string' ? nameOf({ address, port }) : this.#to;
    this.#send({ to, bytes, from: this.#local });
  }

  close(closed?: () => void): void {
    this.closed = true;
    if (closed) process.nextTick(closed);
  }

  getSendQueueSize(): number {
    return 0;
  }

  setRecvBufferSize(): void {}
}

class StandingClock implements Clock {
  #now = Date.UTC(2026, 10, 21, 12);
  readonly #waiting = new Set<{ readonly at: number; readonly action: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delay: number, action: () => void): Timer {
    const entry = { at: this.#now + delay, action };
    this.#waiting.add(entry);
    return { cancel: () => void this.#waiting.delete(entry) };
  }

  /** Moves time forward, and calls what is due in the order in which it is. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#waiting.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.action();
    }
    this.#now = end;
  }
}

/** Datagrams in queues in place of sockets, and a clock that stands still until it is moved. */
export class Network {
  /** Where sockets are opened now. */
  static current = new Network();
  readonly clock = new StandingClock();
  readonly #ends = new Map<string, QueueSocket>();
  /** Sockets of the plane, by the places that lead to them. */
  readonly #plane = new Map<string, QueueSocket>();
  #toPlane: Datagram[] = [];
  #toOthers: Datagram[] = [];

  get waitsAtPlane(): boolean {
    return this.#toPlane.length > 0;
  }

  get waitsElsewhere(): boolean {
    return this.#toOthers.length > 0;
  }

  /** From now on sockets are opened here. */
  enter(): void {
    Network.current = this;
  }

  /** A socket for the plane, as `createSocket` gives it. */
  socket(): Socket {
    const socket = new QueueSocket(({ to, bytes, from }) => this.#toOthers.push({ to, bytes, from }));
    // Those of single peers share the place of the listener, and open after it.
    socket.on('listening', () => {
      const place = nameOf(socket.address());
      if (this.#plane.get(place)?.closed !== false) this.#plane.set(place, socket);
    });
    socket.on('connect', () => this.#plane.set(`${nameOf(socket.address())} ${nameOf(socket.remote)}`, socket));
    return socket as unknown as Socket;
  }

  /** A socket of a telephone or a gateway, connected to `remote`. */
  end(local: Place, remote: Place): Socket {
    const socket = new QueueSocket((datagram) => this.#toPlane.push(datagram));
    socket.bind(local);
    socket.connect(remote.port, remote.address);
    this.#ends.set(nameOf(local), socket);
    return socket as unknown as Socket;
  }

  /** Hands over what waits for the plane now. */
  deliverToPlane(): void {
    const waiting = this.#toPlane;
    this.#toPlane = [];
    for (const { to, bytes, from } of waiting) {
      const socket = this.#plane.get(`${to} ${nameOf(from)}`) ?? this.#plane.get(to);
      socket?.emit('message', bytes, from);
    }
  }

  /** Likewise for all others. */
  deliverElsewhere(): void {
    const waiting = this.#toOthers;
    this.#toOthers = [];
    for (const { to, bytes, from } of waiting) this.#ends.get(to)?.emit('message', bytes, from);
  }
}
