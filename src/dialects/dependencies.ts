import type { DocumentKey, ListQuery } from '../ledger/ledger.ts';
import type { EntryKey } from '../rulebook/entry.ts';
import type { Documents } from './documents.ts';

/**
 * Remembers which documents each rulebook entry was compiled from, so that a change of one recompiles those entries and
 * no other, without a list of what depends on what. Holds some hundred bytes for each document that an entry reads.
 */
export class Dependencies {
  readonly #entries = new Map<string, { readonly key: EntryKey; readonly read: Set<string> }>();
  readonly #readers = new Map<string, Set<string>>();

  /** The documents as `entry` is to read them from now on; what it read before is forgotten. */
  watch(entry: EntryKey, documents: Documents): Documents {
    const name = nameOf(entry);
    this.forget(entry);
    const read = new Set<string>();
    this.#entries.set(name, { key: entry, read });
    const note = (place: string): void => {
      read.add(place);
      this.#readers.set(place, (this.#readers.get(place) ?? new Set()).add(name));
    };
    const noteFolder = ({ kind, prefix = '' }: Pick<ListQuery, 'kind' | 'prefix'>): void => {
      if (prefix !== '' && !prefix.endsWith('/')) throw new TypeError(`no folder of documents: ${prefix}`);
      note(`${kind} ${prefix}`);
    };
    return {
      get: (key) => {
        note(`${key.kind} ${key.id}`);
        return documents.get(key);
      },
      list: (query) => {
        noteFolder(query);
        return documents.list(query);
      },
      any: (folder) => {
        noteFolder(folder);
        return documents.any(folder);
      },
    };
  }

  /** The entries that read this document, or a list that it is or may be in. */
  on({ kind, id }: DocumentKey): EntryKey[] {
    const slashes = [...id.matchAll(/\//g)].map(({ index }) => id.slice(0, index + 1));
    const places = [id, '', ...slashes].map((part) => `${kind} ${part}`);
    const names = new Set(places.flatMap((place) => [...(this.#readers.get(place) ?? [])]));
    return [...names].flatMap((name) => this.#entries.get(name)?.key ?? []);
  }

  /** For an entry that is no more: the document that made it makes it anew. */
  forget(entry: EntryKey): void {
    const name = nameOf(entry);
    for (const place of this.#entries.get(name)?.read ?? []) {
      const readers = this.#readers.get(place);
      readers?.delete(name);
      if (readers?.size === 0) this.#readers.delete(place);
    }
    this.#entries.delete(name);
  }
}

function nameOf({ kind, id }: EntryKey): string {
  return `${kind} ${id}`;
}
