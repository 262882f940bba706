import type { Pcm } from '../../../../rulebook/call-control.ts';

/** Samples a second of a call's audio. */
export const SAMPLE_RATE = 8000;

/** Zero crossings of the filter on each side: enough to keep what a telephone cannot carry from folding back. */
const LOBES = 6;

/** Steps that the filter is tabled in between two samples. */
const PHASES = 64;

/** Changes linear samples of any rate into those of a call, as they come. */
export class Resampler {
  readonly #ratio: number;
  readonly #reach: number;
  readonly #table: Float32Array;
  #held = new Float32Array(0);
  /** Where the next sample out lies among the held ones. */
  #at: number;

  constructor(rate: number) {
    this.#ratio = rate / SAMPLE_RATE;
    const stretch = Math.max(1, this.#ratio);
    this.#reach = Math.ceil(LOBES * stretch);
    this.#at = this.#reach;
    this.#held = new Float32Array(this.#reach);
    this.#table = filterTable(this.#reach, stretch);
  }

  /** The samples of the call that these complete. */
  push(samples: Float32Array): Pcm {
    if (this.#ratio === 1) return Int16Array.from(samples, clip);
    const held = new Float32Array(this.#held.length + samples.length);
    held.set(this.#held);
    held.set(samples, this.#held.length);
    const count = Math.max(0, Math.ceil((held.length - this.#reach - this.#at) / this.#ratio));
    const out = new Int16Array(count);
    const width = 2 * this.#reach;
    for (let index = 0; index < count; index += 1) {
      const position = this.#at + index * this.#ratio;
      const whole = Math.floor(position);
      const row = Math.floor((position - whole) * PHASES) * width;
      const first = whole - this.#reach + 1;
      let sum = 0;
      for (let tap = 0; tap < width; tap += 1) sum += (held[first + tap] ?? 0) * (this.#table[row + tap] ?? 0);
      out[index] = clip(sum);
    }
    const next = this.#at + count * this.#ratio;
    const drop = Math.max(0, Math.floor(next) - this.#reach);
    this.#held = held.slice(drop);
    this.#at = next - drop;
    return out;
  }
}

function clip(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}

/** A sinc under a Hann window, one row for each phase, each row's sum 1. */
function filterTable(reach: number, stretch: number): Float32Array {
  const width = 2 * reach;
  const table = new Float32Array(PHASES * width);
  for (let phase = 0; phase < PHASES; phase += 1) {
    let sum = 0;
    for (let tap = 0; tap < width; tap += 1) {
      const distance = tap - reach + 1 - phase / PHASES;
      const x = (Math.PI * distance) / stretch;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      const weight = sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / (reach + 1)));
      table[phase * width + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < width; tap += 1) table[phase * width + tap] = (table[phase * width + tap] ?? 0) / sum;
  }
  return table;
}
