import type { Pcm } from '../../../../rulebook/call-control.ts';
import { SAMPLE_RATE } from './resampler.ts';
import { silence } from './tones.ts';

/** What a caller hears while it rings elsewhere. */
interface RingTone {
  /** Hertz of the tones that sound together. */
  readonly hertz: readonly number[];
  /** Hertz at which their loudness goes up and down; absent: it stays. */
  readonly beat?: number;
  /** Milliseconds of sound and of silence in turn, over and over. */
  readonly cadence: readonly number[];
}

const LONG = [1000, 4000];
const TWICE = [400, 200, 400, 2000];
const COMMON: RingTone = { hertz: [425], cadence: LONG };
const AMERICAN: RingTone = { hertz: [440, 480], cadence: [2000, 4000] };
const BRITISH: RingTone = { hertz: [400, 450], cadence: TWICE };

/** The vendor's values of `ringTone`, with the tones of those networks (ITU-T E.180, supplement 2). */
const RING_TONES: Readonly<Record<string, RingTone>> = {
  at: { hertz: [420], cadence: [1000, 5000] },
  au: { hertz: [413, 438], cadence: TWICE },
  bg: COMMON,
  br: COMMON,
  be: { hertz: [425], cadence: [1000, 3000] },
  ch: COMMON,
  cl: { hertz: [400], cadence: [1000, 3000] },
  cn: { hertz: [450], cadence: LONG },
  cz: COMMON,
  de: COMMON,
  dk: COMMON,
  ee: COMMON,
  es: { hertz: [425], cadence: [1500, 3000] },
  fi: COMMON,
  fr: { hertz: [440], cadence: [1500, 3500] },
  gr: COMMON,
  hu: { hertz: [425], cadence: [1250, 3750] },
  il: { hertz: [400], cadence: [1000, 3000] },
  in: { hertz: [400], beat: 25, cadence: TWICE },
  it: COMMON,
  lt: COMMON,
  jp: { hertz: [400], beat: 16, cadence: [1000, 2000] },
  mx: COMMON,
  my: { hertz: [425], cadence: TWICE },
  nl: COMMON,
  no: COMMON,
  nz: BRITISH,
  ph: { hertz: [425, 480], cadence: LONG },
  pl: COMMON,
  pt: { hertz: [425], cadence: [1000, 5000] },
  ru: { hertz: [425], cadence: [800, 3200] },
  se: { hertz: [425], cadence: [1000, 5000] },
  sg: { hertz: [425], beat: 24, cadence: TWICE },
  th: { hertz: [400], beat: 50, cadence: LONG },
  uk: BRITISH,
  us: AMERICAN,
  'us-old': { hertz: [420], beat: 40, cadence: [2000, 4000] },
  tw: { hertz: [440, 480], cadence: [1000, 2000] },
  ve: COMMON,
  za: { hertz: [400], beat: 33, cadence: TWICE },
};

/** Where nothing else is wished for. */
const USUAL = 'us';

/** All tones together at their loudest: softer than speech. */
const AMPLITUDE = 6000;

/** Each made once, when it first rings. */
const made = new Map<string, Pcm>();

/** Whether the vendor knows such a ring tone. */
export function isRingTone(name: string): boolean {
  return Object.hasOwn(RING_TONES, name);
}

/** That long of a ring tone; null: the one of North America. */
export async function* ringingTone(seconds: number, name: string | null): AsyncGenerator<Pcm> {
  const round = roundOf(name ?? USUAL);
  for (let left = seconds * SAMPLE_RATE; left > 0; left -= round.length) yield round;
}

/** One sound and one silence, or as many as follow each other before all begins again. */
function roundOf(name: string): Pcm {
  const known = made.get(name);
  if (known) return known;
  const tone = RING_TONES[name] ?? AMERICAN;
  const round = silence(tone.cadence.reduce((sum, ms) => sum + ms));
  let at = 0;
  for (const [index, ms] of tone.cadence.entries()) {
    const end = at + (ms * SAMPLE_RATE) / 1000;
    for (; at < end; at += 1) if (index % 2 === 0) round[at] = sampleOf(tone, at);
  }
  made.set(name, round);
  return round;
}

function sampleOf({ hertz, beat = 0 }: RingTone, at: number): number {
  const turn = (2 * Math.PI * at) / SAMPLE_RATE;
  const together = hertz.reduce((sum, frequency) => sum + Math.sin(turn * frequency), 0) / hertz.length;
  return AMPLITUDE * together * ((1 + Math.cos(turn * beat)) / 2);
}
