import type { DtmfDigit, Pcm } from '../../rulebook/call-control.ts';
import { SAMPLE_RATE } from '../../exchange/g711.ts';

/** Hertz of the two groups (ITU-T Q.23), and the keys where they cross. */
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYS = '123A456B789C*0#D';

/** Samples that are looked at together: 10 ms, so that a tone of 40 ms fills three, and still enough to tell 697 from 770 Hz. */
const BLOCK = 80;

/** Blocks in a row with the same key that make it pressed: a tone of 23 ms does not fill three (ITU-T Q.24). */
const BLOCKS_TO_BEGIN = 3;

/** Blocks without it that make it released: a gap of 10 ms is none yet, one of 40 ms is (Q.24). */
const BLOCKS_TO_END = 3;

/** Amplitude, of 32,767, below which a tone is too faint: about -35 dBm0. */
const FAINTEST = 400;

/** How much the lower tone may exceed the higher one, and the other way round, as ratios of power: 8 dB and 5 dB (Q.24, with a margin). */
const TWIST = 10 ** 0.8;
const REVERSE_TWIST = 10 ** 0.5;

/** The two tones against the next strongest of their groups, as a ratio of power: 4.5 dB. Within 10 ms a neighbour 73 Hz off has its share. */
const ABOVE_OTHERS = 2.8;

/** Least share of the two tones in all that is heard. Speech spreads over its harmonics; a tone has next to none. */
const LEAST_SHARE = 0.7;

/** Most power of the higher tone's second harmonic against the tone itself: 14 dB below, against voices that sing two tones (Q.24, talk-off). */
const MOST_HARMONIC = 0.04;

interface Filter {
  readonly frequency: number;
  /** 2 cos(2πf/fs) of Goertzel's recurrence. */
  readonly factor: number;
  readonly harmonic: number;
}

/** Hears the keys of a telephone as tones in the audio (DTMF). Give it the audio in order, as it comes. */
export class ToneDetector {
  readonly #rows = ROWS.map(filter);
  readonly #columns = COLUMNS.map(filter);
  readonly #block = new Int16Array(BLOCK);
  #filled = 0;
  /** The key of the last block, and how many blocks in a row had it. */
  #candidate: DtmfDigit | null = null;
  #run = 0;
  /** The key that is down, and for how many blocks it has not been heard. */
  #pressed: DtmfDigit | null = null;
  #missing = 0;

  /** The keys that were found to be pressed by this audio. */
  hear(audio: Pcm): DtmfDigit[] {
    const found: DtmfDigit[] = [];
    for (let at = 0; at < audio.length;) {
      const part = audio.subarray(at, at + BLOCK - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < BLOCK) break;
      this.#filled = 0;
      const key = this.#weigh(this.#keyOf(this.#block));
      if (key !== null) found.push(key);
    }
    return found;
  }

  /** The audio was interrupted: nothing that came before belongs to what comes next. */
  reset(): void {
    this.#filled = 0;
    this.#candidate = null;
    this.#run = 0;
    this.#pressed = null;
  }

  #weigh(key: DtmfDigit | null): DtmfDigit | null {
    this.#run = key === this.#candidate ? this.#run + 1 : 1;
    this.#candidate = key;
    if (this.#pressed !== null) {
      this.#missing = key === this.#pressed ? 0 : this.#missing + 1;
      if (this.#missing < BLOCKS_TO_END) return null;
      this.#pressed = null;
    }
    if (key === null || this.#run < BLOCKS_TO_BEGIN) return null;
    this.#pressed = key;
    this.#missing = 0;
    return key;
  }

  #keyOf(block: Pcm): DtmfDigit | null {
    let energy = 0;
    for (const sample of block) energy += sample * sample;
    // Both tones at their faintest; also spares the filters in silence.
    if (energy < BLOCK * FAINTEST * FAINTEST) return null;
    const row = strongest(this.#rows, block);
    const column = strongest(this.#columns, block);
    if (!row || !column) return null;
    if (row.power > column.power * TWIST || column.power > row.power * REVERSE_TWIST) return null;
    // A tone of amplitude a has a power of a²/2 for each sample.
    if (Math.min(row.power, column.power) < (FAINTEST * FAINTEST) / 2) return null;
    if ((row.power + column.power) * BLOCK < LEAST_SHARE * energy) return null;
    if (powerOf(block, column.filter.harmonic) > column.power * MOST_HARMONIC) return null;
    return (KEYS[row.index * COLUMNS.length + column.index] ?? null) as DtmfDigit | null;
  }
}

function filter(frequency: number): Filter {
  return { frequency, factor: factorOf(frequency), harmonic: factorOf(2 * frequency) };
}

function factorOf(frequency: number): number {
  return 2 * Math.cos((2 * Math.PI * frequency) / SAMPLE_RATE);
}

/** The strongest of a group when it stands out from the others. */
function strongest(
  filters: readonly Filter[],
  block: Pcm,
): { filter: Filter; index: number; power: number } | undefined {
  const powers = filters.map(({ factor }) => powerOf(block, factor));
  const power = Math.max(...powers);
  const index = powers.indexOf(power);
  const found = filters[index];
  const alone = powers.every((other, at) => at === index || other * ABOVE_OTHERS <= power);
  return found && alone ? { filter: found, index, power } : undefined;
}

/** Mean power of one frequency in a block, by Goertzel's algorithm. */
function powerOf(block: Pcm, factor: number): number {
  let last = 0;
  let before = 0;
  for (const sample of block) {
    const now = sample + factor * last - before;
    before = last;
    last = now;
  }
  return (2 * (last * last + before * before - factor * last * before)) / (block.length * block.length);
}
