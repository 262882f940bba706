/** What answers of a range of statuses mean for a call: try the next target, or tell the caller. */
export interface FailoverRow {
  /** First and last status of the range. */
  readonly from: number;
  readonly to: number;
  readonly meaning: 'next' | 'final';
}
