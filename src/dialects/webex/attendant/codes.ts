/** A code that was keyed, and for which call. Ids are bare UUIDs. */
export interface CodeTry {
  /** The line that calls, and its location; the location itself where no line is known. */
  readonly line: string;
  readonly location: string;
  /** Owners whose codes are right here. */
  readonly codeSets: readonly string[];
  readonly digits: string;
  /** E.164, or digits as dialled. */
  readonly called: string;
}

export type CodeVerdict =
  /** The code is right, and its use is counted. */
  | { readonly outcome: 'match'; readonly code: { readonly id: string; readonly description: string } }
  | { readonly outcome: 'none' }
  /** Too many wrong ones came before; milliseconds since the epoch. Nothing was compared. */
  | { readonly outcome: 'locked'; readonly until: number };

/** Who knows which codes are right, and counts those that are not. */
export interface Codes {
  verify(tried: CodeTry): Promise<CodeVerdict>;
  /** Until when the line may try none; null when it may. */
  lockedUntil(line: string, location: string): number | null;
}
