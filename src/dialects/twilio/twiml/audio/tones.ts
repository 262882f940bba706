import type { Pcm } from '../../../../rulebook/call-control.ts';
import { SAMPLE_RATE } from './resampler.ts';

/** Frequencies of a key: its row and its column (ITU-T Q.23). */
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const KEYS = ['123A', '456B', '789C', '*0#D'];

/** Milliseconds of a tone and of the gap after it. */
const TONE_MS = 100;
const GAP_MS = 100;
/** A `w` waits half a second, as the vendor documents; `W` a whole one. */
const WAITS: Readonly<Record<string, number>> = { w: 500, W: 1000 };

/** Each of the two tones of a key, below the level at which their sum would be clipped. */
const AMPLITUDE = 8000;

/** What `digits` may hold. */
export const DIGITS = /^[0-9A-D*#wW]{1,32}$/;

/** Keys as tones, one after the other. */
export function tonesOf(digits: string): Pcm {
  const parts = Array.from(digits, partOf);
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** That many milliseconds of silence. */
export function silence(ms: number): Pcm {
  return new Int16Array(Math.round((ms * SAMPLE_RATE) / 1000));
}

function partOf(digit: string): Pcm {
  const wait = WAITS[digit];
  if (wait !== undefined) return silence(wait);
  const row = KEYS.findIndex((keys) => keys.includes(digit));
  const [low, high] = [ROWS[row] ?? 0, COLUMNS[KEYS[row]?.indexOf(digit) ?? 0] ?? 0];
  const part = silence(TONE_MS + GAP_MS);
  for (let index = 0; index < (TONE_MS * SAMPLE_RATE) / 1000; index += 1) {
    const turn = (2 * Math.PI * index) / SAMPLE_RATE;
    part[index] = AMPLITUDE * (Math.sin(turn * low) + Math.sin(turn * high));
  }
  return part;
}
