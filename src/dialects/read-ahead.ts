import type { StoredDocument } from '../ledger/ledger.ts';
import type { Documents } from './documents.ts';

/** Documents of one kind that are read together. */
export const AHEAD = 1000;

/** The first documents of one kind after an id. */
interface Ahead {
  readonly byId: ReadonlyMap<string, StoredDocument>;
  /** There are no others after that id. */
  readonly all: boolean;
}

/**
 * Documents of which many with ids after `after` are about to be read one by one, such as those that make up one trunk
 * after the other: reads those of a kind in one go. `page`: the first `AHEAD` of one kind, where they are read already.
 * For a moment in which nothing is written.
 */
export function readAhead(documents: Documents, after = '', page: readonly StoredDocument[] = []): Documents {
  const known = new Map<string, Ahead>();
  const coming = new Map<string, Promise<Ahead>>();
  const keep = (name: string, found: readonly StoredDocument[]): Ahead => {
    const ahead = { byId: new Map(found.map((document) => [document.id, document])), all: found.length < AHEAD };
    known.set(name, ahead);
    return ahead;
  };
  if (page[0]) keep(nameOf(page[0]), page);
  return {
    list: (query) => documents.list(query),
    any: (folder) => documents.any(folder),
    get(key) {
      const name = nameOf(key);
      const pick = ({ byId, all }: Ahead): StoredDocument | null | Promise<StoredDocument | null> =>
        byId.get(key.id) ?? (all && isAfter(key.id, after) ? null : documents.get(key));
      const ahead = known.get(name);
      if (ahead) return Promise.resolve(pick(ahead));
      let read = coming.get(name);
      if (!read) {
        const { dialect, kind } = key;
        read = documents.list({ dialect, kind, after, limit: AHEAD }).then((found) => keep(name, found));
        coming.set(name, read);
      }
      return read.then(pick);
    },
  };
}

function nameOf({ dialect, kind }: Pick<StoredDocument, 'dialect' | 'kind'>): string {
  return `${dialect}\n${kind}`;
}

/** In the order of the ledger's lists: that of the bytes of UTF-8. */
function isAfter(id: string, other: string): boolean {
  return other === '' || Buffer.compare(Buffer.from(id), Buffer.from(other)) > 0;
}
