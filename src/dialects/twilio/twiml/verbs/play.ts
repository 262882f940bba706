import { Attributes, quote } from '../attributes.ts';
import { DIGITS, tonesOf } from '../audio/tones.ts';
import type { Element } from '../document.ts';
import { TwimlFault, type Warn } from '../faults.ts';
import type { Next, Stage } from '../stage.ts';
import { ENDLESS } from './say.ts';

export interface Play {
  /** Keys to send as tones, instead of a recording. */
  readonly digits: string | null;
  /** Relative to the document. */
  readonly url: string;
  readonly loop: number;
}

export function readPlay(element: Element, warn: Warn): Play {
  const attributes = new Attributes(element, warn, ['loop', 'digits']);
  const digits = attributes.text('digits') ?? null;
  if (digits !== null && !DIGITS.test(digits)) warn(13430, `${quote(digits)} is not up to 32 of 0-9 A-D * # w W`);
  const loop = attributes.integer('loop', 0, ENDLESS, 13410) ?? 1;
  return { digits, url: element.text, loop: loop === 0 ? ENDLESS : loop };
}

/** Plays a recording, or keys. A recording that cannot be had is passed over: the rest of the script still counts. */
export async function runPlay(play: Play, stage: Stage): Promise<Next> {
  await stage.answer();
  if (play.digits !== null) {
    if (DIGITS.test(play.digits)) await stage.call.play(tonesOf(play.digits), stage.stop);
    return null;
  }
  if (play.url === '') return null;
  try {
    await playRecording(play, stage);
  } catch (error) {
    if (!(error instanceof TwimlFault)) throw error;
    stage.warn(error.code, error.detail);
  }
  return null;
}

async function playRecording({ url, loop }: Play, { call, stop, studio, ...stage }: Stage): Promise<void> {
  const reply = await stage.fetchAudio(stage.resolve(url));
  await studio.play(reply, async (recording) => {
    for (let left = loop; left > 0 && !stop.aborted; left -= 1) if (!(await call.play(recording.pieces(), stop))) break;
  });
}
