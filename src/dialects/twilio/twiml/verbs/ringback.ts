import { CallGone, type ControlledCall, type DialWish } from '../../../../rulebook/call-control.ts';
import { ringingTone } from '../audio/ring-tones.ts';
import type { Warn } from '../faults.ts';

/** Seconds that a tone lasts at most. */
const LONGEST = 600;

type Progress = Parameters<NonNullable<DialWish['onProgress']>>[0];

/**
 * The tone that a caller who is answered already hears while it rings elsewhere: as long as some called side rings, and
 * none that has not answered yet is heard itself.
 */
export class Ringback {
  readonly #call: ControlledCall;
  readonly #tone: string | null;
  readonly #warn: Warn;
  /** Aborts when nobody is to ring any more. */
  readonly #over: AbortSignal;
  readonly #ringing = new Set<string>();
  readonly #heard = new Set<string>();
  #stop: AbortController | null = null;
  #playing: Promise<void> = Promise.resolve();

  constructor(parts: { call: ControlledCall; tone: string | null; warn: Warn; over: AbortSignal }) {
    this.#call = parts.call;
    this.#tone = parts.tone;
    this.#warn = parts.warn;
    this.#over = parts.over;
  }

  /** Takes the news of a leg. */
  progress({ leg, state }: Pick<Progress, 'leg' | 'state'>): void {
    if (state === 'ringing') this.#ringing.add(leg);
    if (state === 'early-media') this.#heard.add(leg);
    else if (state !== 'ringing') this.#heard.delete(leg);
    if (state === 'completed') this.#ringing.delete(leg);
    const wanted = this.#ringing.size > 0 && this.#heard.size === 0 && !this.#over.aborted;
    if (wanted && !this.#stop) this.#play();
    if (wanted) return;
    this.#stop?.abort();
    this.#stop = null;
  }

  /** Resolves when it is silent, which it is from now on. */
  async end(): Promise<void> {
    this.#stop?.abort();
    await this.#playing;
  }

  #play(): void {
    this.#stop = new AbortController();
    const stop = AbortSignal.any([this.#stop.signal, this.#over]);
    this.#playing = this.#playing.then(() => this.#sound(stop));
  }

  async #sound(stop: AbortSignal): Promise<void> {
    try {
      if (!stop.aborted) await this.#call.play(ringingTone(LONGEST, this.#tone), stop);
    } catch (error) {
      // The Dial goes on, and tells of a caller who has gone.
      if (!(error instanceof CallGone)) this.#warn(12200, 'the ringing could not be played');
    }
  }
}
