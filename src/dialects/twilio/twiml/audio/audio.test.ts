import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sine, strengthOf, wavFile, wavOf } from '../../../../../test/support/wav.ts';
import { systemClock } from '../../../../kit/clock.ts';
import type { Pcm } from '../../../../rulebook/call-control.ts';
import { NoSpeech, Speech } from './speech.ts';
import { tonesOf } from './tones.ts';
import { chooseVoice } from './voices.ts';
import { readBasic, readWav, UnknownAudio, type Recording } from './wav.ts';

async function samplesOf(recording: Recording): Promise<Pcm> {
  const all: number[] = [];
  for await (const piece of recording.pieces()) all.push(...piece);
  return Int16Array.from(all);
}

for (const rate of [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
  test(`a tone of ${rate} samples a second keeps its pitch, loudness and length`, async () => {
    const heard = await samplesOf(readWav(wavOf(sine(1000, { rate }), rate)));
    assert.ok(Math.abs(heard.length - 8000) < 40, `${heard.length} samples`);
    const middle = heard.subarray(1000, 7000);
    assert.ok(Math.abs(strengthOf(1000, middle) - 8000) < 300, `strength ${strengthOf(1000, middle)}`);
  });

test('what a telephone cannot carry does not come back as another tone', async () => {
  const heard = await samplesOf(readWav(wavOf(sine(6000, { rate: 22_050 }), 22_050)));
  assert.ok(strengthOf(2000, heard.subarray(1000, 7000)) < 300);
});

test('two channels become one', async () => {
  const mono = sine(1000);
  const stereo = new Int16Array(2 * mono.length);
  mono.forEach((sample, index) => (stereo[2 * index] = stereo[2 * index + 1] = sample));
  const data = Buffer.from(stereo.buffer);
  const heard = await samplesOf(readWav(wavFile({ tag: 1, channels: 2, rate: 8000, bits: 16 }, data)));
  assert.deepEqual(heard, mono);
});

test('G.711 of both laws, with and without a header', async () => {
  // ITU-T G.711: the loudest and the smallest values of either law.
  const mulaw = Buffer.from([0x00, 0x80, 0x7f, 0xff, 0x8f]);
  assert.deepEqual([...(await samplesOf(readBasic(mulaw)))], [-32_124, 32_124, 0, 0, 16_764]);
  const wav = wavFile({ tag: 7, channels: 1, rate: 8000, bits: 8 }, mulaw);
  assert.deepEqual([...(await samplesOf(readWav(wav)))], [-32_124, 32_124, 0, 0, 16_764]);
  const alaw = wavFile({ tag: 6, channels: 1, rate: 8000, bits: 8 }, Buffer.from([0x2a, 0xaa, 0x55, 0xd5]));
  assert.deepEqual([...(await samplesOf(readWav(alaw)))], [-32_256, 32_256, -8, 8]);
});

test('bytes that are no recording are refused, whatever they are', () => {
  const good = wavOf(sine(440));
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('ID3 mp3'),
    good.subarray(0, 30),
    wavFile({ tag: 85, channels: 1, rate: 8000, bits: 16 }, Buffer.alloc(8)),
    wavFile({ tag: 1, channels: 0, rate: 8000, bits: 16 }, Buffer.alloc(8)),
    wavFile({ tag: 1, channels: 1, rate: 0, bits: 16 }, Buffer.alloc(8)),
    wavFile({ tag: 1, channels: 1, rate: 4_000_000_000, bits: 16 }, Buffer.alloc(8)),
    wavFile({ tag: 1, channels: 1, rate: 8000, bits: 7 }, Buffer.alloc(8)),
  ])
    assert.throws(() => readWav(bytes), UnknownAudio);
});

test('keys become the two tones of each', () => {
  const tones = tonesOf('5w#');
  assert.equal(tones.length, 2 * 1600 + 4000);
  const five = tones.subarray(0, 800);
  assert.ok(strengthOf(770, five) > 5000 && strengthOf(1336, five) > 5000 && strengthOf(941, five) < 1500);
});

test('voices and languages of the vendor have one here', () => {
  assert.deepEqual(chooseVoice(undefined, undefined), { voice: 'en-us+f2', unknown: null });
  assert.deepEqual(chooseVoice('man', 'de-DE'), { voice: 'de+m3', unknown: null });
  assert.deepEqual(chooseVoice('alice', 'fr'), { voice: 'fr-fr+f2', unknown: null });
  assert.deepEqual(chooseVoice('Polly.Hans-Neural', undefined), { voice: 'de+m3', unknown: null });
  assert.deepEqual(chooseVoice('Google.it-IT-Standard-A', undefined), { voice: 'it+f2', unknown: null });
  assert.equal(chooseVoice('bob', undefined).unknown, 'voice bob');
  assert.equal(chooseVoice('man', 'xx-XX').unknown, 'language xx-XX');
});

test('espeak-ng speaks, and twice the same text at once', async () => {
  const speech = new Speech(systemClock);
  const [hello, again, options] = await Promise.all([
    speech.speak('Hello world, this is a test.', 'en-us+f2'),
    speech.speak('Hello world, this is a test.', 'en-us+f2'),
    speech.speak('--version', 'en-us'),
  ]);
  assert.ok(hello.length > 8000 && hello.length < 40_000, `${hello.length} samples`);
  assert.ok(Math.max(...hello) > 4000, 'it is not silence');
  assert.deepEqual(again, hello);
  assert.ok(options.length > 4000, 'an option is read out, not taken');
  assert.equal(
    await speech.speak('Hello world, this is a test.', 'en-us+f2'),
    await speech.speak('Hello world, this is a test.', 'en-us+f2'),
  );
});

test('without a synthesizer nothing speaks, and that is said', async () => {
  const speech = new Speech(systemClock, 'no-such-synthesizer');
  await assert.rejects(speech.speak('hello', 'en-us'), NoSpeech);
  await assert.rejects(new Speech(systemClock, 'false').speak('hello', 'en-us'), NoSpeech);
});
