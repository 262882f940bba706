import type { Clock } from '../kit/clock.ts';
import type { Documents } from './documents.ts';

/** Whether somebody has the number (E.164) in one dialect; `now` in milliseconds since the epoch. */
export type HoldsNumber = (documents: Documents, e164: string, now: number) => Promise<boolean>;

/** What it takes to tell whether a number can be had. */
interface Numbering {
  readonly clock: Clock;
  /** Of every dialect that has numbers, the asking one's too. */
  readonly numberHolders: readonly HoldsNumber[];
}

/** Whether nobody has the number in any dialect: one that two had would get no calls, since it says not whose they are. */
export async function isAvailable(
  { clock, numberHolders }: Numbering,
  documents: Documents,
  e164: string,
): Promise<boolean> {
  for (const holds of numberHolders) if (await holds(documents, e164, clock.now())) return false;
  return true;
}
