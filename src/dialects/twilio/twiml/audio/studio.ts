import type { Clock } from '../../../../kit/clock.ts';
import type { Pcm } from '../../../../rulebook/call-control.ts';
import { TwimlFault } from '../faults.ts';
import type { WebhookReply } from '../webhook/webhooks.ts';
import { Speech } from './speech.ts';
import { readBasic, readWav, UnknownAudio, type Recording } from './wav.ts';

/** Bytes of one recording: five minutes of linear telephone audio, ten of G.711. */
export const MOST_RECORDING_BYTES = 5_242_880;

/** Bytes of recordings that are being played, of all calls together. */
const MOST_HELD_BYTES = 268_435_456;

const WAV_TYPES = new Set(['audio/wav', 'audio/wave', 'audio/x-wav', 'audio/vnd.wave']);
const BASIC_TYPES = new Set(['audio/basic', 'audio/ulaw', 'audio/x-mulaw', 'audio/pcmu']);

/** Where audio for calls is made: speech from texts, and call audio from recordings. */
export class Studio {
  readonly #speech: Speech;
  #held = 0;

  constructor(clock: Clock, synthesizer?: string) {
    this.#speech = new Speech(clock, synthesizer);
  }

  /** Rejects with NoSpeech. */
  speak(text: string, voice: string): Promise<Pcm> {
    return this.#speech.speak(text, voice);
  }

  /** Reads a recording and has it played; its memory is free again afterwards. Throws TwimlFault 13420. */
  async play(reply: WebhookReply, play: (recording: Recording) => Promise<void>): Promise<void> {
    const recording = read(reply);
    const { length } = reply.body;
    if (this.#held + length > MOST_HELD_BYTES) throw new TwimlFault(11200, 'too many recordings are played at once');
    this.#held += length;
    try {
      await play(recording);
    } finally {
      this.#held -= length;
    }
  }
}

function read({ contentType, body }: WebhookReply): Recording {
  try {
    if (BASIC_TYPES.has(contentType)) return readBasic(body);
    // Web servers that do not know .wav send it as plain bytes.
    const wav = WAV_TYPES.has(contentType) || body.toString('latin1', 0, 4) === 'RIFF';
    if (!wav) throw new UnknownAudio(`${contentType || 'audio without a type'} is not WAV or G.711`);
    return readWav(body);
  } catch (error) {
    if (!(error instanceof UnknownAudio)) throw error;
    throw new TwimlFault(13420, error.message);
  }
}
