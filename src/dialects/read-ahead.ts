import type { StoredDocument } from '../ledger/ledger.ts';
import type { Documents } from './documents.ts';

/** Documents of one kind that are read together. */
const AHEAD = 1000;

/** The first documents of one kind after an id. */
interface Ahead {
  readonly byId: ReadonlyMap<string, StoredDocument>;
  /** There are no others after that id. */
  readonly all: boolean;
}

/**
 * Documents of which many with ids after `after` are about to be read one by one, such as those that make up one trunk
 * after the other: reads those of a kind in one go. For a moment in which nothing is written.
 */
export function readAhead(documents: Documents, after = ''): Documents {
  const kinds = new Map<string, Promise<Ahead>>();
  const read = async (dialect: string, kind: string): Promise<Ahead> => {
    const found = await documents.list({ dialect, kind, after, limit: AHEAD });
    return { byId: new Map(found.map((document) => [document.id, document])), all: found.length < AHEAD };
  };
  return {
    list: (query) => documents.list(query),
    async get(key) {
      const name = `${key.dialect}\n${key.kind}`;
      let ahead = kinds.get(name);
      if (!ahead) kinds.set(name, (ahead = read(key.dialect, key.kind)));
      const { byId, all } = await ahead;
      const found = byId.get(key.id);
      if (found) return found;
      return all && isAfter(key.id, after) ? null : documents.get(key);
    },
  };
}

/** In the order of the ledger's lists: that of the bytes of UTF-8. */
function isAfter(id: string, other: string): boolean {
  return other === '' || Buffer.compare(Buffer.from(id), Buffer.from(other)) > 0;
}
