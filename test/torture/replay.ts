import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { hex } from '../../src/kit/ids.ts';

/** How long an answer may take before a test fails; generous, for a busy machine. */
const PATIENCE = 10_000;

/** A datagram may be lost when its receiver is busy; then it is sent again, milliseconds. */
const REPEAT = 500;

/** What a gate said to some bytes. */
export interface Reaction {
  /** In order; those to the request that was sent to prove that it lives are left out. */
  readonly answers: readonly number[];
  /** Over TCP: it closed the connection. */
  readonly closed: boolean;
}

export interface Address {
  readonly address: string;
  readonly port: number;
}

/** The bytes of a message below `messages/`. */
export function messageBytes(file: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'messages', `${file}.dat`));
}

/** An OPTIONS as equipment sends it to ask whether its trunk `host` is there; `id` is found again in the answer. */
export function optionsTo(host: string, id: string, transport: 'UDP' | 'TCP' = 'UDP'): Buffer {
  const lines = [
    `OPTIONS sip:${host} SIP/2.0`,
    `Via: SIP/2.0/${transport} 127.0.0.1:5060;branch=z9hG4bK${id};rport`,
    'Max-Forwards: 70',
    `From: <sip:pbx@${host}>;tag=${id}`,
    `To: <sip:${host}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/**
 * The message with `rport` in its top Via (RFC 3581), so that its answer comes to the port it was sent from. Without
 * it the answer goes to the port of the sent-by, which a test cannot count on to be free.
 */
export function askingForPort(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const via = /^(?:via|v)[ \t]*:(?:[^,\r]|\r\n[ \t])*/im.exec(text)?.[0];
  if (via === undefined || /;\s*rport/.test(via)) return bytes;
  return Buffer.from(
    text.replace(via, () => `${via};rport`),
    'latin1',
  );
}

/** A UDP socket that tells what a gate answers to datagrams. */
export class UdpReplay implements AsyncDisposable {
  readonly #socket: DatagramSocket;
  readonly #gate: Address;
  readonly #host: string;
  #answers: number[] = [];
  #alive: { id: string; heard: () => void } | undefined;

  private constructor(socket: DatagramSocket, gate: Address, host: string) {
    this.#socket = socket;
    this.#gate = gate;
    this.#host = host;
    socket.on('message', (bytes) => this.#take(bytes.toString('latin1')));
  }

  /** `host` is a trunk that takes OPTIONS from this machine. */
  static async open(gate: Address, host: string): Promise<UdpReplay> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpReplay(socket, gate, host);
  }

  /** Sends the bytes and then an honest OPTIONS; what comes before its 200 is the answer to the bytes. */
  async send(bytes: Buffer): Promise<Reaction> {
    this.#answers = [];
    this.#socket.send(bytes, this.#gate.port, this.#gate.address);
    await this.proveAlive();
    return { answers: this.#answers, closed: false };
  }

  /** Resolves when an honest OPTIONS was answered 200; repeats it as a phone does (RFC 3261 §17.1.2, timer E). */
  async proveAlive(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const id = hex(8);
    const ask = (): void => this.#socket.send(optionsTo(this.#host, id), this.#gate.port, this.#gate.address);
    this.#alive = { id, heard: resolve };
    ask();
    const repeat = setInterval(ask, REPEAT);
    try {
      await inTime(promise, 'no answer to an honest OPTIONS over UDP');
    } finally {
      clearInterval(repeat);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #take(text: string): void {
    const [status] = statusesIn(text);
    if (this.#alive && text.includes(this.#alive.id)) {
      if (status === 200) this.#alive.heard();
      return;
    }
    if (status !== undefined) this.#answers.push(status);
  }
}

/** Sends the bytes over a connection of their own, then an honest OPTIONS unless the bytes leave a message unfinished. */
export async function sendOverTcp(bytes: Buffer, gate: Address, host: string, unfinished = false): Promise<Reaction> {
  const socket = connect(gate.port, gate.address);
  const reader = new StreamReader(socket);
  try {
    await once(socket, 'connect');
    socket.write(bytes);
    if (unfinished) {
      await proveAliveOverTcp(gate, host);
      return { answers: reader.answers, closed: reader.closed };
    }
    const id = hex(8);
    // A gate that closes the connection may do so before this is written.
    socket.write(optionsTo(host, id, 'TCP'), () => {});
    await inTime(reader.answerOrEnd(id), 'neither an answer over TCP nor an end');
    return { answers: reader.answersBefore(id), closed: reader.closed };
  } finally {
    socket.destroy();
  }
}

/** Resolves when an honest OPTIONS over a connection of its own was answered 200. */
export async function proveAliveOverTcp(gate: Address, host: string): Promise<void> {
  const reaction = await sendOverTcp(Buffer.from('\r\n'), gate, host);
  if (reaction.closed) throw new Error('the gate closed an honest connection');
}

class StreamReader {
  #text = '';
  closed = false;
  #changed: () => void = () => {};

  constructor(socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
      this.#changed();
    });
    for (const event of ['end', 'close'] as const)
      socket.on(event, () => {
        this.closed = true;
        this.#changed();
      });
  }

  get answers(): number[] {
    return statusesIn(this.#text);
  }

  answersBefore(id: string): number[] {
    const at = this.#text.indexOf(id);
    return at < 0 ? this.answers : statusesIn(this.#text.slice(0, this.#text.lastIndexOf('SIP/2.0 200 ', at)));
  }

  answerOrEnd(id: string): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = () => {
        const at = this.#text.indexOf(id);
        if (this.closed || (at >= 0 && this.#text.includes('\r\n\r\n', at))) resolve();
      };
      this.#changed();
    });
  }
}

// No answer of the gate itself has a body, so every line that looks like a status line is one.
function statusesIn(text: string): number[] {
  return [...text.matchAll(/^SIP\/2\.0 (\d{3}) /gm)].map((match) => Number(match[1]));
}

async function inTime<T>(promise: Promise<T>, fault: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(fault)), PATIENCE);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
