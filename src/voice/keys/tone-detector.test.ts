import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from '../../exchange/g711.ts';
import { ToneDetector } from './tone-detector.ts';

const RATE = 8000;
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const KEYS = '123A456B789C*0#D';

interface Tone {
  readonly ms?: number;
  /** Amplitudes of the lower and the higher tone. */
  readonly low?: number;
  readonly high?: number;
  /** By how much both frequencies are off, as a ratio. */
  readonly off?: number;
}

/** The tones of a key. */
function tone(key: string, { ms = 70, low = 8000, high = 8000, off = 0 }: Tone = {}): number[] {
  const at = KEYS.indexOf(key);
  const row = (ROWS[Math.floor(at / 4)] ?? 0) * (1 + off);
  const column = (COLUMNS[at % 4] ?? 0) * (1 + off);
  return samples(ms, (time) => low * sine(row, time) + high * sine(column, time));
}

function silence(ms: number): number[] {
  return samples(ms, () => 0);
}

function samples(ms: number, at: (time: number) => number): number[] {
  return Array.from({ length: (ms * RATE) / 1000 }, (_, index) => at(index / RATE));
}

function sine(frequency: number, time: number): number {
  return Math.sin(2 * Math.PI * frequency * time);
}

/** Even noise in [-1, 1), the same in every run. */
function noise(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** What a detector hears, given in packets of 20 ms. */
function heard(audio: readonly number[]): string {
  const detector = new ToneDetector();
  const pcm = Int16Array.from(audio.map((sample) => Math.max(-32_768, Math.min(32_767, sample))));
  let keys = '';
  for (let at = 0; at < pcm.length; at += 160) keys += detector.hear(pcm.subarray(at, at + 160)).join('');
  return keys;
}

/** The audio with each of 21 shifts against the detector's blocks. */
function shifted(audio: readonly number[]): string[] {
  return Array.from({ length: 21 }, (_, index) => heard([...silence((index * 5) / 8), ...audio, ...silence(60)]));
}

describe('the tone detector hears', () => {
  test('each of the sixteen keys once, with gaps of 40 ms', () => {
    assert.equal(heard(KEYS.split('').flatMap((key) => [...tone(key, { ms: 50 }), ...silence(40)])), KEYS);
  });

  test('a key twice when it is pressed twice, and once when it is held', () => {
    assert.equal(heard([...tone('5'), ...silence(50), ...tone('5'), ...silence(50)]), '55');
    assert.equal(heard([...tone('5', { ms: 3000 }), ...silence(50)]), '5');
  });

  test('a tone of 40 ms however it lies, and none of 20 ms', () => {
    for (const keys of shifted(tone('7', { ms: 40 }))) assert.equal(keys, '7');
    for (const keys of shifted(tone('7', { ms: 20 }))) assert.equal(keys, '');
  });

  test('through a gap of 10 ms as one press', () => {
    for (const keys of shifted([...tone('9', { ms: 60 }), ...silence(10), ...tone('9', { ms: 60 })]))
      assert.equal(keys, '9');
  });

  test('faint and loud ones, off by 1.5 %, and twisted as lines twist them', () => {
    for (const key of KEYS) {
      assert.equal(heard(tone(key, { low: 800, high: 800 })), key, `${key} faint`);
      assert.equal(heard(tone(key, { low: 15_000, high: 15_000 })), key, `${key} loud`);
      assert.equal(heard(tone(key, { off: 0.015 })), key, `${key} high`);
      assert.equal(heard(tone(key, { off: -0.015 })), key, `${key} low`);
      assert.equal(heard(tone(key, { low: 9000, high: 4200 })), key, `${key} twisted`);
      assert.equal(heard(tone(key, { low: 5500, high: 8000 })), key, `${key} twisted the other way`);
    }
  });

  test('them through both laws of G.711, and in noise 15 dB below', () => {
    const next = noise();
    for (const key of KEYS) {
      assert.equal(heard(tone(key).map((sample) => decodeMuLaw(encodeMuLaw(sample)))), key);
      assert.equal(heard(tone(key).map((sample) => decodeALaw(encodeALaw(sample)))), key);
      // Two tones of 8,000 have an RMS of 8,000; even noise of 2,500 one of 1,443: 14.9 dB less.
      assert.equal(heard(tone(key).map((sample) => sample + 2500 * next())), key);
    }
  });
});

describe('the tone detector does not hear', () => {
  test('silence, hum, a single tone, dial tone, busy tone, or three tones', () => {
    for (const audio of [
      silence(1000),
      samples(1000, (time) => 10_000 * sine(50, time)),
      samples(1000, (time) => 10_000 * sine(770, time)),
      samples(1000, (time) => 10_000 * sine(1336, time)),
      samples(1000, (time) => 8000 * (sine(350, time) + sine(440, time))),
      samples(1000, (time) => 8000 * (sine(480, time) + sine(620, time))),
      samples(1000, (time) => 5000 * (sine(697, time) + sine(852, time) + sine(1336, time))),
    ])
      assert.equal(heard(audio), '');
  });

  test('tones twisted beyond what lines do, off by 4 %, or too faint', () => {
    for (const key of KEYS) {
      assert.equal(heard(tone(key, { low: 12_000, high: 3000 })), '', `${key} 12 dB`);
      assert.equal(heard(tone(key, { low: 3000, high: 9000 })), '', `${key} -9.5 dB`);
      assert.equal(heard(tone(key, { off: 0.04 })), '', `${key} 4 % high`);
      assert.equal(heard(tone(key, { low: 150, high: 150 })), '', `${key} faint`);
    }
  });

  test('noise', () => {
    const next = noise(7);
    assert.equal(heard(samples(20_000, () => 12_000 * next())), '');
  });

  test('voices: vowels of gliding pitch with their formants, for a minute', () => {
    const next = noise(3);
    const vowels = [
      [730, 1090, 2440],
      [270, 2290, 3010],
      [300, 870, 2240],
      [530, 1840, 2480],
      [660, 1720, 2410],
      [570, 840, 2410],
      [490, 1350, 1690],
    ];
    let phase = 0;
    const voice = samples(60_000, (time) => {
      // 90 to 400 Hz, in waves of several lengths, as people speak and sing.
      const pitch = 200 + 90 * sine(0.31, time) + 60 * sine(1.7, time) + 20 * sine(5.3, time);
      phase += pitch / RATE;
      const formants = vowels[Math.floor(time * 4) % vowels.length] ?? [];
      let sample = 0;
      for (let harmonic = 1; harmonic * pitch < 3400; harmonic += 1) {
        const frequency = harmonic * pitch;
        const gain = formants.reduce((sum, formant) => sum + 1 / (1 + ((frequency - formant) / 80) ** 2), 0.02);
        sample += (gain / harmonic ** 0.3) * Math.sin(2 * Math.PI * harmonic * phase);
      }
      const syllable = 0.5 + 0.5 * sine(3.1, time);
      return 9000 * syllable * sample + 100 * next();
    });
    assert.equal(heard(voice), '');
  });

  test('a melody of pairs of notes', () => {
    const notes = [262, 294, 330, 349, 392, 440, 494, 523, 587, 659, 698, 784, 880, 988, 1047, 1175, 1319];
    const audio = notes.flatMap((one) =>
      notes.flatMap((two) =>
        // As an instrument plays them: each with its overtones.
        samples(60, (time) =>
          [1, 2, 3].reduce((sum, n) => sum + (3000 / n) * (sine(one * n, time) + sine(two * n, time)), 0),
        ),
      ),
    );
    assert.equal(heard(audio), '');
  });
});
