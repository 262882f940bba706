import type { Socket } from 'node:dgram';
import { nativeDatagrams } from './native.ts';
import type { NativeDatagrams } from './native.ts';
import { sendingTogether } from './outbox.ts';
import type { Endpoint } from './transport.ts';
import { failure, handleOf } from './udp-handle.ts';
import type { Handle } from './udp-handle.ts';

/** Takes one datagram, whose bytes are overwritten by another once it returns. */
type Receive = (bytes: Buffer, source: Endpoint) => void;

/** Datagrams after which the event loop turns first, for it serves timers and other sockets too. */
const MOST_A_TURN = 64;

/**
 * Hands over each datagram of a bound socket, in the order in which they came. The event loop brings one; where the
 * addon was built, it then takes at once what waits behind that. Elsewhere the event loop brings each.
 */
export function eachDatagram(socket: Socket, receive: Receive): void {
  const native = nativeDatagrams();
  const handle = native && handleOf(socket);
  if (!native || !handle)
    return void socket.on('message', (bytes, { address, port }) => receive(bytes, { address, port }));
  const waiting = new Waiting(socket, handle, native, receive);
  socket.on('message', (bytes, { address, port }) =>
    sendingTogether(() => {
      receive(bytes, { address, port });
      waiting.take();
    }),
  );
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
