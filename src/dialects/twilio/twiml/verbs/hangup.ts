import { refuseAttributes } from '../attributes.ts';
import type { Element } from '../document.ts';
import type { Warn } from '../faults.ts';
import type { Next } from '../stage.ts';

export function readHangup(element: Element, warn: Warn): null {
  refuseAttributes(element, warn);
  return null;
}

/** Ends the call; one that was not answered is, as the vendor does for every script without Reject. */
export async function runHangup(): Promise<Next> {
  return 'end';
}
