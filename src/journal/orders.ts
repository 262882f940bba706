import type { Beat, Entry, Shelf } from './store.ts';

/** What the journal asks of its thread, in order. */
export type Order =
  | { readonly kind: 'write'; readonly entries: readonly string[]; readonly beats: ReadonlyMap<string, Beat> }
  | { readonly kind: 'read'; readonly id: number; readonly question: Question };

/** What can be read: everything that was ordered to be written before is there. */
export type Question =
  | { readonly of: 'call'; readonly callId: string }
  | { readonly of: 'calls'; readonly before: number | undefined; readonly limit: number }
  | { readonly of: 'decision'; readonly id: string }
  | { readonly of: 'counts'; readonly limit: number }
  | { readonly of: 'heartbeat'; readonly trunk: string };

/** What it says in return. `written` follows each write; `lost` says that it failed. */
export type Word =
  | { readonly kind: 'written'; readonly lost: boolean }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** Strings that one event is handed over as: strings are copied in half the time that objects take. */
export const STRINGS_PER_ENTRY = 4;

/** An event as it is handed over. */
export function packEntry({ shelf, callId, decisionId, data }: Entry): [string, string, string, string] {
  return [shelf, callId, decisionId, data];
}

/** The events of a write. */
export function unpackEntries(strings: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < strings.length; at += STRINGS_PER_ENTRY) {
    const [shelf, callId = '', decisionId = '', data = ''] = strings.slice(at, at + STRINGS_PER_ENTRY);
    entries.push({ shelf: shelf as Shelf, callId, decisionId, data });
  }
  return entries;
}
