import type { Beat } from './store.ts';

/** What the journal asks of its thread, in order. */
export type Order =
  /** `lines`: one text with a line for each event, for one text is copied in a fraction of the time that many take. */
  | { readonly kind: 'write'; readonly lines: string; readonly beats: ReadonlyMap<string, Beat> }
  | { readonly kind: 'read'; readonly id: number; readonly question: Question };

/** What can be read: everything that was ordered to be written before is there. */
export type Question =
  | { readonly of: 'call'; readonly callId: string }
  | { readonly of: 'calls'; readonly before: number | undefined; readonly limit: number }
  | { readonly of: 'decision'; readonly id: string }
  | { readonly of: 'counts'; readonly limit: number }
  | { readonly of: 'decided'; readonly since: number; readonly before: number | undefined }
  | { readonly of: 'heartbeat'; readonly trunk: string };

/** What it says in return. `written` follows each write; `lost` says that it failed. */
export type Word =
  | { readonly kind: 'written'; readonly lost: boolean }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
