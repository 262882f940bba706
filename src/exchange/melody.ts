import { encodeMuLaw, SAMPLE_RATE } from './g711.ts';

/** Samples, and therefore octets, in one 20 ms packet of PCMU. */
export const SAMPLES_PER_PACKET = SAMPLE_RATE / 50;

const NOTE_SECONDS = 0.4;
const LOUDNESS = 6000;
/** A phrase of the C major pentatonic scale, hertz; 0 is a rest. It repeats while the call lasts. */
const PHRASE = [523.25, 659.25, 783.99, 880, 783.99, 659.25, 587.33, 0];

let packets: readonly Buffer[] | undefined;

/** What the exchange says when it answers: packets of 160 µ-law octets, to be repeated in a circle. Made once. */
export function melodyPackets(): readonly Buffer[] {
  packets ??= cut(Buffer.from(PHRASE.flatMap(note)));
  return packets;
}

function note(frequency: number): number[] {
  const length = Math.round(NOTE_SECONDS * SAMPLE_RATE);
  return Array.from({ length }, (_, index) => {
    // A raised cosine lets each note begin and end in silence, without clicks.
    const envelope = (1 - Math.cos((2 * Math.PI * index) / length)) / 2;
    return encodeMuLaw(LOUDNESS * envelope * Math.sin((2 * Math.PI * frequency * index) / SAMPLE_RATE));
  });
}

function cut(octets: Buffer): Buffer[] {
  const count = Math.floor(octets.length / SAMPLES_PER_PACKET);
  return Array.from({ length: count }, (_, index) =>
    octets.subarray(index * SAMPLES_PER_PACKET, (index + 1) * SAMPLES_PER_PACKET),
  );
}
