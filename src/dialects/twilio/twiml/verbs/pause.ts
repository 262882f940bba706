import type { Pcm } from '../../../../rulebook/call-control.ts';
import { Attributes } from '../attributes.ts';
import { silence } from '../audio/tones.ts';
import type { Element } from '../document.ts';
import type { Warn } from '../faults.ts';
import { wait, type Next, type Stage } from '../stage.ts';

const LONGEST = 86_400;

export interface Pause {
  /** Seconds. */
  readonly length: number;
}

export function readPause(element: Element, warn: Warn): Pause {
  const attributes = new Attributes(element, warn, ['length']);
  return { length: attributes.integer('length', 1, LONGEST, 13910) ?? 1 };
}

/** Waits in silence. As the first verb it puts off the answer, as the vendor documents. */
export async function runPause({ length }: Pause, { call, clock, stop }: Stage): Promise<Next> {
  if (call.state === 'answered') await call.play(seconds(length), stop);
  else await wait(clock, length * 1000, AbortSignal.any([stop, call.gone]));
  return null;
}

async function* seconds(count: number): AsyncGenerator<Pcm> {
  const second = silence(1000);
  for (let left = count; left > 0; left -= 1) yield second;
}
