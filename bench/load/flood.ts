import type { Socket } from 'node:dgram';
import type { User } from './digest.ts';
import { callIdOf, ownerOf, statusOf, textOf } from './wire.ts';

/** Milliseconds after which a request that got no answer is taken as lost, and replaced by a new one. */
const LOST_AFTER = 500;

/** What a flood asks for. */
export type FloodKind = 'options' | 'challenge';

/** What came back since the last `take`. */
export interface FloodFigures {
  readonly answered: number;
  /** Answers with another status than the one that is right for this flood. */
  readonly wrong: number;
  readonly lost: number;
}

/** OPTIONS, or INVITEs without credentials that are challenged: as many at once as a window holds, none repeated. */
export class Flood {
  readonly #kind: FloodKind;
  readonly #sockets: readonly Socket[];
  readonly #places: readonly string[];
  readonly #users: readonly User[];
  /** When the request of each slot of the window left, and in which use of the slot. */
  readonly #sentAt: Float64Array;
  readonly #generations: Uint32Array;
  readonly #sweep: NodeJS.Timeout;
  #figures = { answered: 0, wrong: 0, lost: 0 };

  constructor(kind: FloodKind, sockets: readonly Socket[], users: readonly User[], window: number) {
    this.#kind = kind;
    this.#sockets = sockets;
    this.#users = users;
    this.#sentAt = new Float64Array(window);
    this.#generations = new Uint32Array(window);
    this.#places = sockets.map((socket) => {
      const { address, port } = socket.address();
      return `${address}:${port}`;
    });
    for (const socket of sockets) socket.on('message', (bytes) => this.#receive(textOf(bytes)));
    this.#sweep = setInterval(() => this.#replaceLost(), LOST_AFTER / 2);
  }

  /** Fills the window; from then on an answer is followed by the next request. */
  start(): void {
    for (let slot = 0; slot < this.#sentAt.length; slot += 1) this.#ask(slot);
  }

  take(): FloodFigures {
    const figures = this.#figures;
    this.#figures = { answered: 0, wrong: 0, lost: 0 };
    return figures;
  }

  close(): void {
    clearInterval(this.#sweep);
  }

  #receive(text: string): void {
    const { slot, generation } = ownerOf(text);
    if (this.#generations[slot] !== generation) return;
    if (statusOf(text) === (this.#kind === 'options' ? 200 : 407)) this.#figures.answered += 1;
    else this.#figures.wrong += 1;
    this.#ask(slot);
  }

  #replaceLost(): void {
    const oldest = performance.now() - LOST_AFTER;
    for (const [slot, sentAt] of this.#sentAt.entries()) {
      if (sentAt > oldest) continue;
      this.#figures.lost += 1;
      this.#ask(slot);
    }
  }

  #ask(slot: number): void {
    const generation = (this.#generations[slot] ?? 0) + 1;
    this.#generations[slot] = generation;
    this.#sentAt[slot] = performance.now();
    const socket = slot % this.#sockets.length;
    this.#sockets[socket]?.send(Buffer.from(this.#request(slot, generation, this.#places[socket] ?? ''), 'latin1'));
  }

  #request(slot: number, generation: number, place: string): string {
    const host = this.#users[(slot + generation) % this.#users.length]?.host ?? '';
    const [method, uri] =
      this.#kind === 'options' ? ['OPTIONS', `sip:${host}`] : ['INVITE', `sip:+12065550100@${host}`];
    return (
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${place};branch=z9hG4bK${slot}.${generation};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: <sip:+12065550199@${host}>;tag=f${generation}\r\nTo: <${uri}>\r\n` +
      `Call-ID: ${callIdOf(slot, generation)}\r\nCSeq: 1 ${method}\r\nContact: <sip:caller@${place}>\r\nContent-Length: 0\r\n\r\n`
    );
  }
}
