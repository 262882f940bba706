import { Attributes, quote } from '../attributes.ts';
import type { Element } from '../document.ts';
import type { Warn } from '../faults.ts';
import type { Next, Stage } from '../stage.ts';

export interface Reject {
  readonly reason: 'rejected' | 'busy';
}

/** What the caller gets; the first counts as a call that nobody answered, the second as one that found busy. */
export const SIP_STATUS = { rejected: 603, busy: 486 } as const;

export function readReject(element: Element, warn: Warn): Reject {
  const reason = new Attributes(element, warn, ['reason']).text('reason') ?? 'rejected';
  if (reason !== 'rejected' && reason !== 'busy') warn(13810, `${quote(reason)} is not rejected or busy`);
  return { reason: reason === 'busy' ? 'busy' : 'rejected' };
}

/** Refuses a call that was not answered; ends one that was. */
export async function runReject({ reason }: Reject, { call }: Stage): Promise<Next> {
  call.reject(SIP_STATUS[reason], `Reject ${reason}`);
  return 'end';
}
