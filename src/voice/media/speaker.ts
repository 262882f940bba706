import type { Pcm } from '../../rulebook/call-control.ts';

/** Samples in a packet of 20 ms. */
export const SAMPLES_PER_PACKET = 160;

/** Samples that are asked for ahead of time. */
const AHEAD = 25 * SAMPLES_PER_PACKET;

/** Samples of one `play`: an hour, whatever goes on for longer was forgotten. */
const LONGEST_AUDIO = 8000 * 3600;

/** Audio on its way out: cut into packets, and read from its source only as fast as it is spoken. */
export class Speaker {
  readonly #source: AsyncIterator<Pcm> | undefined;
  #pieces: Pcm[] = [];
  #held = 0;
  #spoken = 0;
  #reading = false;
  #over: boolean;
  readonly #done = Promise.withResolvers<void>();
  /** Resolves after the last packet; rejects with the fault of the source. */
  readonly done = this.#done.promise;

  constructor(audio: Pcm | AsyncIterable<Pcm>) {
    if (audio instanceof Int16Array) {
      this.#pieces = [audio];
      this.#held = audio.length;
      this.#over = true;
    } else {
      this.#source = audio[Symbol.asyncIterator]();
      this.#over = false;
      this.#read();
    }
    // Whoever plays waits for it; a fault before that is none of the process.
    this.done.catch(() => {});
  }

  /** The next packet, filled up with silence at the end; undefined while the source is behind, or at the end. */
  next(): Pcm | undefined {
    this.#read();
    if (this.#held >= SAMPLES_PER_PACKET || (this.#over && this.#held > 0)) return this.#cut();
    if (this.#over) this.#done.resolve();
    return undefined;
  }

  /** Reads no more. */
  stop(): void {
    this.#over = true;
    this.#pieces = [];
    this.#held = 0;
    this.#source?.return?.().catch(() => {});
    this.#done.resolve();
  }

  #cut(): Pcm {
    const packet = new Int16Array(SAMPLES_PER_PACKET);
    let filled = 0;
    while (filled < SAMPLES_PER_PACKET) {
      const [piece] = this.#pieces;
      if (!piece) break;
      const part = piece.subarray(0, SAMPLES_PER_PACKET - filled);
      packet.set(part, filled);
      filled += part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    this.#held -= filled;
    this.#spoken += filled;
    if (this.#spoken >= LONGEST_AUDIO) this.stop();
    return packet;
  }

  #read(): void {
    if (!this.#source || this.#over || this.#reading || this.#held >= AHEAD) return;
    this.#reading = true;
    this.#readOn(this.#source).catch((error: unknown) => {
      this.#over = true;
      this.#done.reject(error);
    });
  }

  async #readOn(source: AsyncIterator<Pcm>): Promise<void> {
    while (!this.#over && this.#held < AHEAD) {
      const { value, done } = await source.next();
      // Stopped meanwhile: nobody wants it any more.
      if (this.#over) return;
      if (done) this.#over = true;
      else if (value.length > 0) {
        this.#pieces.push(value);
        this.#held += value.length;
      }
    }
    this.#reading = false;
  }
}
