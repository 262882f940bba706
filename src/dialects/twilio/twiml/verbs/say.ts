import type { Pcm } from '../../../../rulebook/call-control.ts';
import { Attributes } from '../attributes.ts';
import { NoSpeech } from '../audio/speech.ts';
import { silence } from '../audio/tones.ts';
import { chooseVoice } from '../audio/voices.ts';
import type { Element } from '../document.ts';
import type { Warn } from '../faults.ts';
import type { Next, Stage } from '../stage.ts';

/** Characters of one Say, the vendor's own limit. */
const MOST_CHARACTERS = 4096;

/** Times that audio without end is repeated, as the vendor documents. */
export const ENDLESS = 1000;

/** Milliseconds that a character takes to speak, for silence in its place. */
const MS_PER_CHARACTER = 65;

/** Speech markup, which is read for its words. */
const MARKUP = new Set('break emphasis lang p phoneme prosody s say-as sub w amazon:effect amazon:domain'.split(' '));

export interface Say {
  readonly text: string;
  /** espeak-ng's name of it. */
  readonly voice: string;
  readonly loop: number;
}

export function readSay(element: Element, warn: Warn): Say {
  const attributes = new Attributes(element, warn, ['voice', 'language', 'loop']);
  const { voice, unknown } = chooseVoice(attributes.text('voice'), attributes.text('language'));
  if (unknown !== null) warn(13511, `${unknown} is not known`);
  const odd = element.children.find(({ name }) => !MARKUP.has(name));
  if (odd) warn(12200, 'Say holds what is no speech markup');
  const words = element.text.replace(/\s+/g, ' ');
  if (words === '') warn(13520, 'there is nothing to say');
  if (words.length > MOST_CHARACTERS) warn(13521, `only the first ${MOST_CHARACTERS} characters are said`);
  const loop = attributes.integer('loop', 0, ENDLESS, 13510) ?? 1;
  return { text: words.slice(0, MOST_CHARACTERS), voice, loop: loop === 0 ? ENDLESS : loop };
}

/** Speaks the text to the caller. */
export async function runSay(say: Say, stage: Stage): Promise<Next> {
  const { call, stop } = stage;
  await stage.answer();
  if (say.text === '') return null;
  const audio = await speech(say, stage);
  for (let left = say.loop; left > 0 && !stop.aborted; left -= 1) if (!(await call.play(audio, stop))) break;
  return null;
}

async function speech({ text, voice }: Say, { studio, call }: Stage): Promise<Pcm> {
  try {
    return await studio.speak(text, voice);
  } catch (error) {
    if (!(error instanceof NoSpeech)) throw error;
    call.note(`Say is silent, because nothing can speak it: ${error.message}`);
    return silence(text.length * MS_PER_CHARACTER);
  }
}
