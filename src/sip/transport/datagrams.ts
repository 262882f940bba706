import type { Socket } from 'node:dgram';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { nativeDatagrams } from './native.ts';
import type { NativeDatagrams } from './native.ts';
import type { Endpoint } from './transport.ts';

/** Takes one datagram, whose bytes are overwritten by another once it returns. */
type Receive = (bytes: Buffer, source: Endpoint) => void;

/** Sends text, one char a byte, at once if that can be done. False: it was not sent, and node:dgram has to find out why. */
export type SendNow = (text: string, to?: Endpoint) => boolean;

/** The part of node:dgram's own handle that is used. Once it is closed, nothing but errors comes of it. */
interface Handle {
  /** The system's number of the socket, negative once it is closed. */
  readonly fd: number;
  /** Whether the event loop brings datagrams. */
  recvStart(): number;
  recvStop(): number;
}

/** Datagrams after which the event loop turns first, for it serves timers and other sockets too. */
const MOST_A_TURN = 64;

/**
 * Hands over each datagram of a bound socket, in the order in which they came. The event loop brings one; where the
 * addon was built, it then takes at once what waits behind that. Elsewhere the event loop brings each.
 */
export function eachDatagram(socket: Socket, receive: Receive): void {
  const native = nativeDatagrams();
  const handle = native && handleOf(socket);
  if (!native || !handle) return void socket.on('message', receive);
  const waiting = new Waiting(socket, handle, native, receive);
  socket.on('message', (bytes, source) => {
    receive(bytes, source);
    waiting.take();
  });
}

/**
 * The short way out of a bound socket: without `to` where it is connected. That the peer's port is closed, which the
 * system tells but once, is told to the socket's listeners for errors.
 */
export function senderOf(socket: Socket): SendNow {
  const native = nativeDatagrams();
  const handle = native && handleOf(socket);
  if (!native || !handle) return () => false;
  return (text, to) => {
    // What waits in node:dgram goes first.
    const { fd } = handle;
    if (fd < 0 || socket.getSendQueueSize() > 0) return false;
    const result = to ? native.send(fd, text, to.address, to.port) : native.send(fd, text);
    if (result !== -constants.errno.ECONNREFUSED) return result === 0;
    process.nextTick(() => socket.emit('error', failure('send', result)));
    return true;
  };
}

/** What waits at one socket. */
class Waiting {
  readonly #socket: Socket;
  readonly #handle: Handle;
  readonly #native: NativeDatagrams;
  readonly #receive: Receive;
  readonly #room: Room;
  /** How many were taken in this turn of the event loop. */
  #taken = 0;
  readonly #turned = (): void => {
    if (this.#taken >= MOST_A_TURN) this.#handle.recvStart();
    this.#taken = 0;
  };

  constructor(socket: Socket, handle: Handle, native: NativeDatagrams, receive: Receive) {
    this.#socket = socket;
    this.#handle = handle;
    this.#native = native;
    this.#receive = receive;
    this.#room = roomFor(native);
  }

  take(): void {
    const { fd } = this.#handle;
    if (fd < 0 || this.#taken >= MOST_A_TURN) return;
    const { slots, table, addresses } = this.#room;
    const count = this.#native.receive(fd, slots, table, addresses);
    if (count < 0) this.#socket.emit('error', failure('recvmsg', count));
    if (count <= 0) return;
    if (this.#taken === 0) setImmediate(this.#turned);
    this.#taken += count;
    // The event loop would bring more one by one, by the long way, before it turns.
    if (this.#taken >= MOST_A_TURN) this.#handle.recvStop();
    const { slot } = this.#native;
    for (let index = 0; index < count; index += 1) {
      const start = index * slot;
      const row = index * WORDS;
      const bytes = slots.subarray(start, start + (table[row] ?? 0));
      const ipv4 = table[row + 2] ?? 0;
      const address = (ipv4 === 0 ? addresses[index] : ipv4Text(ipv4)) ?? '';
      this.#receive(bytes, { address, port: table[row + 1] ?? 0 });
    }
  }
}

/** Numbers that tell of one datagram. */
const WORDS = 3;

/** Memory for one call of the addon. */
interface Room {
  readonly slots: Buffer;
  readonly table: Uint32Array;
  readonly addresses: string[];
}

/** One for all sockets of a thread; the system gives it pages only as far as datagrams reached. */
let room: Room | undefined;

function roomFor({ most, slot }: NativeDatagrams): Room {
  room ??= {
    slots: Buffer.alloc(most * slot),
    table: new Uint32Array(WORDS * most),
    addresses: Array.from({ length: most }, () => ''),
  };
  return room;
}

/** Sources that are remembered, a power of two: most datagrams come from few. */
const PLACES = 4096;

const knownNumbers = new Uint32Array(PLACES);
const knownTexts: string[] = Array.from({ length: PLACES }, () => '0.0.0.0');

/** Of one address always the same text, so that whoever looks for it in a Map is quick. */
function ipv4Text(address: number): string {
  const place = (address ^ (address >>> 12) ^ (address >>> 24)) & (PLACES - 1);
  if (knownNumbers[place] !== address) {
    knownNumbers[place] = address;
    knownTexts[place] = [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
  }
  return knownTexts[place] ?? '';
}

/** node:dgram shows its handle to nobody; undefined in a version that keeps it elsewhere. */
function handleOf(socket: Socket): Handle | undefined {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const state: unknown = key && Reflect.get(socket, key);
  const handle: unknown = isObject(state) ? Reflect.get(state, 'handle') : undefined;
  return isObject(handle) && isHandle(handle) ? handle : undefined;
}

function isHandle(value: object): value is Handle {
  return 'fd' in value && typeof value.fd === 'number' && 'recvStart' in value && 'recvStop' in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** As node:dgram tells of it. */
function failure(syscall: string, errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
}
