import type { Pcm } from '../../../../rulebook/call-control.ts';
import { decodeALaw, decodeMuLaw } from './g711.ts';
import { Resampler, SAMPLE_RATE } from './resampler.ts';

/** Frames that are turned into call audio at a time, so that a long recording never holds up other calls. */
const FRAMES_AT_A_TIME = 4000;

const HIGHEST_RATE = 192_000;
const MOST_CHANNELS = 8;

/** What a recording is not. */
export class UnknownAudio extends Error {
  override name = 'UnknownAudio';
}

/** A recording, ready to be turned into call audio piece by piece. */
export interface Recording {
  pieces(): AsyncGenerator<Pcm>;
}

interface Format {
  readonly codec: 'pcm' | 'mulaw' | 'alaw';
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

/** RIFF WAVE with linear PCM of 8 to 32 bits, or G.711 of either law. Throws UnknownAudio. */
export function readWav(file: Buffer): Recording {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    throw new UnknownAudio('it is no WAV file');
  let format: Format | null = null;
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const chunk = file.subarray(at + 8, Math.min(file.length, at + 8 + size));
    if (name === 'fmt ') format = readFormat(chunk);
    if (name === 'data' && format) return recording(format, chunk);
    at += 8 + size + (size % 2);
  }
  throw new UnknownAudio('its WAV file has no audio');
}

/** G.711 µ-law without a header at 8,000 samples a second, or Sun's .au of it (audio/basic). */
export function readBasic(file: Buffer): Recording {
  const sun = file.length >= 24 && file.toString('latin1', 0, 4) === '.snd';
  if (sun && file.readUInt32BE(12) !== 1) throw new UnknownAudio('its .au file is not µ-law');
  const audio = sun ? file.subarray(Math.min(file.length, file.readUInt32BE(4))) : file;
  const rate = sun ? file.readUInt32BE(16) : SAMPLE_RATE;
  return recording(checked({ codec: 'mulaw', channels: 1, rate, bits: 8 }), audio);
}

function readFormat(chunk: Buffer): Format {
  if (chunk.length < 16) throw new UnknownAudio('its WAV header is cut off');
  const tag = chunk.readUInt16LE(0);
  // WAVE_FORMAT_EXTENSIBLE names the codec in the first two bytes of its sub-format.
  const code = tag === 0xff_fe && chunk.length >= 26 ? chunk.readUInt16LE(24) : tag;
  const codec = ({ 1: 'pcm', 6: 'alaw', 7: 'mulaw' } as const)[code];
  if (!codec) throw new UnknownAudio(`its WAV codec ${code} is not PCM, µ-law or A-law`);
  return checked({
    codec,
    channels: chunk.readUInt16LE(2),
    rate: chunk.readUInt32LE(4),
    bits: chunk.readUInt16LE(14),
  });
}

function checked(format: Format): Format {
  const { codec, channels, rate, bits } = format;
  const fits = codec === 'pcm' ? [8, 16, 24, 32].includes(bits) : bits === 8;
  if (!fits || channels < 1 || channels > MOST_CHANNELS || rate < 1000 || rate > HIGHEST_RATE)
    throw new UnknownAudio(`${bits} bits, ${channels} channels or ${rate} samples a second are too odd`);
  return format;
}

function recording(format: Format, audio: Buffer): Recording {
  const read = readerOf(format);
  const width = format.bits / 8;
  const frame = width * format.channels;
  const frames = Math.floor(audio.length / frame);
  return {
    async *pieces() {
      const resampler = new Resampler(format.rate);
      for (let first = 0; first < frames; first += FRAMES_AT_A_TIME) {
        const count = Math.min(FRAMES_AT_A_TIME, frames - first);
        const samples = new Float32Array(count);
        for (let index = 0; index < count; index += 1) {
          let sum = 0;
          const at = (first + index) * frame;
          for (let channel = 0; channel < format.channels; channel += 1) sum += read(audio, at + channel * width);
          samples[index] = sum / format.channels;
        }
        yield resampler.push(samples);
      }
    },
  };
}

/** Reads one sample as a 16-bit value. */
function readerOf({ codec, bits }: Format): (audio: Buffer, at: number) => number {
  if (codec === 'mulaw') return (audio, at) => decodeMuLaw(audio[at] ?? 0);
  if (codec === 'alaw') return (audio, at) => decodeALaw(audio[at] ?? 0);
  // Eight bits have no sign, all others have.
  if (bits === 8) return (audio, at) => ((audio[at] ?? 0) - 128) << 8;
  const bytes = bits / 8;
  return (audio, at) => audio.readIntLE(at, bytes) / 2 ** (bits - 16);
}
