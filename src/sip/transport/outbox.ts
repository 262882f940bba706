import type { Socket } from 'node:dgram';
import { constants } from 'node:os';
import { nativeDatagrams } from './native.ts';
import type { NativeDatagrams } from './native.ts';
import type { Endpoint } from './transport.ts';
import { failure, handleOf } from './udp-handle.ts';
import type { Handle } from './udp-handle.ts';

type Failed = (error: Error) => void;

/** Sends by node:dgram, which queues or tells why it cannot, in its own words. */
type SendSlowly = (text: string, to: Endpoint | undefined, onError: Failed | undefined) => void;

/** Datagrams after which those held back leave: the first must not wait for long. */
const MOST_HELD = 8;

/** Boxes with datagrams that are held back; undefined when each leaves at once. */
let holding: Outbox[] | undefined;
let held = 0;

/**
 * Does `work`, which answers datagrams that came together, and lets the answers leave together: a system call and a
 * wake-up of whoever waits for them cost more than the rest.
 */
export function sendingTogether(work: () => void): void {
  if (holding) return work();
  holding = [];
  try {
    work();
  } finally {
    letGo(holding);
    holding = undefined;
  }
}

function letGo(boxes: Outbox[]): void {
  for (const box of boxes.splice(0)) box.flush();
  held = 0;
}

/**
 * What leaves by a bound socket, in this order; without `to` where it is connected. Where the addon was built it goes
 * out by the shortest way. That the peer's port is closed, which the system tells but once, is told to the socket's
 * listeners for errors.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #sendSlowly: SendSlowly;
  readonly #native: NativeDatagrams | undefined;
  readonly #handle: Handle | undefined;
  readonly #texts: string[] = [];
  readonly #addresses: (string | undefined)[] = [];
  readonly #ports: number[] = [];
  readonly #onErrors: (Failed | undefined)[] = [];

  constructor(socket: Socket, sendSlowly: SendSlowly) {
    this.#socket = socket;
    this.#sendSlowly = sendSlowly;
    this.#native = nativeDatagrams();
    this.#handle = this.#native && handleOf(socket);
  }

  /** Sends text, one char a byte. */
  send(text: string, to?: Endpoint, onError?: Failed): void {
    if (!this.#handle) return this.#sendSlowly(text, to, onError);
    const size = this.#texts.push(text);
    this.#addresses.push(to?.address);
    this.#ports.push(to?.port ?? 0);
    this.#onErrors.push(onError);
    if (!holding) return this.flush();
    if (size === 1) holding.push(this);
    held += 1;
    if (held >= MOST_HELD) letGo(holding);
  }

  /** Sends what is held back. */
  flush(): void {
    const size = this.#texts.length;
    for (let at = 0; at < size;) at += this.#sendFrom(at);
    this.#texts.length = 0;
    this.#addresses.length = 0;
    this.#ports.length = 0;
    this.#onErrors.length = 0;
  }

  /** Sends some, from that one on; how many. */
  #sendFrom(at: number): number {
    const { fd } = this.#handle ?? { fd: -1 };
    // What waits in node:dgram goes first.
    const isFree = fd >= 0 && this.#socket.getSendQueueSize() === 0;
    const sent = isFree ? this.#native?.send(fd, at, this.#texts, this.#addresses, this.#ports) : undefined;
    if (sent !== undefined && sent > 0) return sent;
    if (sent === -constants.errno.ECONNREFUSED)
      process.nextTick(() => this.#socket.emit('error', failure('send', sent)));
    else this.#slowly(at);
    return 1;
  }

  #slowly(at: number): void {
    const address = this.#addresses[at];
    const to = address === undefined ? undefined : { address, port: this.#ports[at] ?? 0 };
    this.#sendSlowly(this.#texts[at] ?? '', to, this.#onErrors[at]);
  }
}
