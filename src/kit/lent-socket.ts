import { Duplex } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';

/** The ends of a connection. */
export interface SocketEnds {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** What is used of a connection that an HTTP server gave away, whichever thread holds it. */
export interface ConnectionStream extends Duplex, SocketEnds {
  /** Closes once all is written. */
  destroySoon(): void;
}

/** What the two threads tell each other of one connection; bytes wait until those before them were taken. */
type Word =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'taken' }
  | { readonly kind: 'end' }
  | { readonly kind: 'closed' };

/** Lets another thread read and write a connection, which cannot itself leave this one. It closes with the port. */
export function lendSocket(socket: ConnectionStream, port: MessagePort): SocketEnds {
  const say = (word: Word): void => port.postMessage(word, []);
  socket.on('data', (bytes: Buffer) => {
    // One piece at a time: a peer that sends faster than is read fills its own buffers, not ours.
    socket.pause();
    say({ kind: 'data', bytes: copyOf(bytes) });
  });
  socket.on('end', () => say({ kind: 'end' }));
  socket.on('error', () => {});
  socket.once('close', () => {
    say({ kind: 'closed' });
    port.close();
  });
  port.on('message', (word: Word) => {
    if (word.kind === 'taken') socket.resume();
    else if (word.kind === 'end') socket.end();
    else if (word.kind === 'closed') socket.destroy();
    else socket.write(word.bytes, () => say({ kind: 'taken' }));
  });
  port.on('close', () => socket.destroy());
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  return { remoteAddress, remotePort, localAddress, localPort };
}

/** A connection that another thread holds. */
export class LentSocket extends Duplex implements ConnectionStream {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly #port: MessagePort;
  /** Goes on when the other thread has written what it was given. */
  #written: (() => void) | null = null;
  /** Bytes came and were not asked for again yet. */
  #holding = false;

  constructor(port: MessagePort, ends: SocketEnds) {
    super({ allowHalfOpen: false });
    this.#port = port;
    this.remoteAddress = ends.remoteAddress;
    this.remotePort = ends.remotePort;
    this.localAddress = ends.localAddress;
    this.localPort = ends.localPort;
    port.on('message', (word: Word) => this.#hear(word));
    port.on('close', () => this.destroy());
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    if (!this.#holding) return;
    this.#holding = false;
    this.#say({ kind: 'taken' });
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#written = done;
    this.#say({ kind: 'data', bytes: copyOf(bytes) });
  }

  override _final(done: () => void): void {
    this.#say({ kind: 'end' });
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#say({ kind: 'closed' });
    this.#port.close();
    done(error);
  }

  #say(word: Word): void {
    this.#port.postMessage(word, []);
  }

  #hear(word: Word): void {
    if (word.kind === 'data') {
      this.#holding = true;
      // Asks for more by itself when there is room.
      if (this.push(Buffer.from(word.bytes))) this._read();
    } else if (word.kind === 'end') this.push(null);
    else if (word.kind === 'closed') this.destroy();
    else {
      const written = this.#written;
      this.#written = null;
      written?.();
    }
  }
}

/** To send a view means to send the whole pool that it lies in. */
function copyOf(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}
