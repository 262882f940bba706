import { hex } from '../../kit/ids.ts';

/** Two upper-case letters for each resource of the vendor. */
export type SidPrefix =
  | 'SK'
  | 'SD'
  | 'CL'
  | 'CR'
  | 'AL'
  | 'IP'
  | 'PN'
  | 'CA'
  | 'TK'
  | 'OU'
  | 'BY'
  | 'NY'
  | 'NE'
  | 'IL'
  | 'IB'
  | 'QQ';

const LAST_INSTANT = 2 ** 48 - 1;

/**
 * A new SID: the prefix and 32 hexadecimal digits. The first twelve count down with the time of creation, so that
 * the ledger's order of ids is the vendor's order of lists, the newest first; the other twenty are random.
 */
export function newSid(prefix: SidPrefix, now: number): string {
  return prefix + (LAST_INSTANT - now).toString(16).padStart(12, '0') + hex(10);
}
