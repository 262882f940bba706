import { newestFirst } from '../../kit/ids.ts';

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

/** A new SID: the prefix and 32 hexadecimal digits. The order of ids is the vendor's order of lists, the newest first. */
export function newSid(prefix: SidPrefix, now: number): string {
  return prefix + newestFirst(now);
}
