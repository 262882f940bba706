import type { LineEntry, RangeEntry } from './dialling.ts';
import type { NumberEntry, Trunk, TrunkGroup } from './trunk.ts';

/** Names one rulebook entry; `id` is unique over all dialects. */
export interface EntryKey {
  readonly kind: 'trunk' | 'group' | 'number' | 'line' | 'range';
  readonly id: string;
}

/** An entry as compiled, or null where the documents no longer make one. */
export type CompiledEntry =
  | { readonly kind: 'trunk'; readonly id: string; readonly entry: Trunk | null }
  | { readonly kind: 'group'; readonly id: string; readonly entry: TrunkGroup | null }
  | { readonly kind: 'number'; readonly id: string; readonly entry: NumberEntry | null }
  | { readonly kind: 'line'; readonly id: string; readonly entry: LineEntry | null }
  | { readonly kind: 'range'; readonly id: string; readonly entry: RangeEntry | null };
