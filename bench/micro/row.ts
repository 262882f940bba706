import type { Figures } from '../report/section.ts';

/** What one run of a subject gave. */
export interface MicroRow {
  readonly subject: string;
  readonly figures: Figures;
}

/** What a small benchmark may take. */
export interface MicroEffort {
  /** Milliseconds for each subject. */
  readonly milliseconds: number;
  readonly quick: boolean;
}
