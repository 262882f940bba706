import { later } from '../../../kit/later.ts';
import type { Pcm } from '../../../rulebook/call-control.ts';

const RATE = 8000;
/** Hertz of the tones that ITU-T E.180 recommends; countries have others, and know this one. */
const FREQUENCY = 425;
const AMPLITUDE = 4000;

const ringingTone = later(() => cadence(1000, 4000));
const busyTone = later(() => cadence(500, 500));

/** How often the busy tone is said to somebody who will hang up soon. */
const BUSY_TIMES = 4;

/** What a caller hears while it rings at the other end, until nobody wants it any more. */
export async function* ringing(): AsyncGenerator<Pcm> {
  for (;;) yield ringingTone();
}

/** A few seconds of the tone that says that the one who was called has no time. */
export async function* busy(): AsyncGenerator<Pcm> {
  for (let count = 0; count < BUSY_TIMES; count += 1) yield busyTone();
}

/** Milliseconds of a tone, and of the silence after it. */
function cadence(on: number, off: number): Pcm {
  const audio = new Int16Array(((on + off) * RATE) / 1000);
  for (let at = 0; at < (on * RATE) / 1000; at += 1)
    audio[at] = AMPLITUDE * Math.sin((2 * Math.PI * FREQUENCY * at) / RATE);
  return audio;
}
