import { spawn, type ChildProcess } from 'node:child_process';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../../kit/clock.ts';
import type { Pcm } from '../../../../rulebook/call-control.ts';
import { Resampler, SAMPLE_RATE } from './resampler.ts';

/** Samples that a text may become: ten minutes. */
const MOST_SAMPLES = 4_800_000;

/** Milliseconds for one text; it takes about a thousandth of the time that speaking it takes. */
const DEADLINE = 20_000;

/** Synthesizers that run at a time. */
const MOST_PROCESSES = 4;

/** Texts that wait for one. */
const MOST_WAITING = 200;

/** Bytes of speech that are kept for the next call with the same prompt. */
const CACHED_BYTES = 33_554_432;

/** A WAV header as espeak-ng writes it to a pipe. */
const HEADER_BYTES = 44;

/** Nothing speaks here: no synthesizer is installed, it failed, or too many texts wait. */
export class NoSpeech extends Error {
  override name = 'NoSpeech';
}

/** Speaks texts with the system's espeak-ng. */
export class Speech {
  readonly #clock: Clock;
  readonly #program: string;
  readonly #spoken = new LRUCache<string, Pcm>({ maxSize: CACHED_BYTES, sizeCalculation: (pcm) => pcm.byteLength + 1 });
  /** Texts that are being spoken: whoever wants the same waits for it. */
  readonly #pending = new Map<string, Promise<Pcm>>();
  #running = 0;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock, program = 'espeak-ng') {
    this.#clock = clock;
    this.#program = program;
  }

  /** The text as call audio. `voice` is espeak-ng's name of one. Rejects with NoSpeech. */
  async speak(text: string, voice: string): Promise<Pcm> {
    const key = `${voice} ${text}`;
    const known = this.#spoken.get(key) ?? this.#pending.get(key);
    if (known) return known;
    const spoken = this.#speak(plain(text), voice);
    this.#pending.set(key, spoken);
    try {
      this.#spoken.set(key, await spoken);
      return await spoken;
    } finally {
      this.#pending.delete(key);
    }
  }

  async #speak(text: string, voice: string): Promise<Pcm> {
    await this.#turn();
    try {
      return await this.#run(text, voice);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= MOST_PROCESSES) {
      if (this.#waiting.length >= MOST_WAITING) throw new NoSpeech('too many texts wait to be spoken');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
  }

  #run(text: string, voice: string): Promise<Pcm> {
    return new Promise((resolve, reject) => {
      // The text goes in by a pipe, so that it is never taken for an option.
      const child = spawn(this.#program, ['--stdin', '--stdout', '-v', voice], { stdio: ['pipe', 'pipe', 'ignore'] });
      const deadline = this.#clock.after(DEADLINE, () => child.kill('SIGKILL'));
      const audio = collect(child);
      child.once('error', () => {
        deadline.cancel();
        reject(new NoSpeech(`${this.#program} is not installed or cannot be run`));
      });
      child.once('close', (code) => {
        deadline.cancel();
        const spoken = audio();
        if (spoken === null || (code !== 0 && spoken.length < MOST_SAMPLES))
          reject(new NoSpeech(`${this.#program} failed`));
        else resolve(spoken);
      });
      // It may close before it has read all.
      child.stdin?.on('error', () => {});
      child.stdin?.end(text);
    });
  }
}

/** Turns what the program writes into call audio as it comes; the function tells all of it, null without a header. */
function collect(child: ChildProcess): () => Pcm | null {
  let rest = Buffer.alloc(0);
  let resampler: Resampler | null = null;
  let length = 0;
  const parts: Pcm[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (!resampler) {
      if (rest.length < HEADER_BYTES) return;
      resampler = new Resampler(Math.max(SAMPLE_RATE, rest.readUInt32LE(24)));
      rest = rest.subarray(HEADER_BYTES);
    }
    const samples = new Float32Array(rest.length >> 1);
    for (let index = 0; index < samples.length; index += 1) samples[index] = rest.readInt16LE(2 * index);
    rest = rest.subarray(2 * samples.length);
    const part = resampler.push(samples);
    length += part.length;
    parts.push(part);
    if (length >= MOST_SAMPLES) child.kill('SIGKILL');
  });
  return () => {
    if (!resampler) return null;
    const whole = new Int16Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
}

/** Without control characters, and without `[[`, which espeak-ng takes for phonemes. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').replaceAll('[[', '[ [');
}
