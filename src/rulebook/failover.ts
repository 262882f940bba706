/**
 * What answers of a range of statuses mean for a call: try the next target, leave out what is left of the target's group
 * before that, or tell the caller.
 */
export interface FailoverRow {
  /** First and last status of the range. */
  readonly from: number;
  readonly to: number;
  readonly meaning: 'next' | 'leave-group' | 'final';
}
