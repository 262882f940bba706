import {
  RevisionConflict,
  type Author,
  type DocumentKey,
  type Guard,
  type Ledger,
  type ListQuery,
  type StoredDocument,
  type Write,
} from './ledger.ts';

/** How often a mutation is tried again when others wrote between its reads and its commit. */
const ATTEMPTS = 10;

/** Reads that are remembered, so that the commit fails if any of them is out of date. */
export interface View {
  get(key: DocumentKey): Promise<StoredDocument | null>;
  list(query: ListQuery): Promise<StoredDocument[]>;
}

/**
 * Reads, decides and writes as if alone: `decide` sees a view and returns its writes and a result; if anything it
 * read has changed by the time of the commit, it is run again. `decide` must have no effects besides its result.
 */
export async function mutate<Result>(
  ledger: Ledger,
  author: Author,
  decide: (view: View) => Promise<{ writes: Write[]; result: Result }>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const revision = await ledger.revision();
    const guards: Guard[] = [];
    const view: View = {
      get(key) {
        guards.push({ ...key, match: 'exact', revision });
        return ledger.get(key);
      },
      list(query) {
        guards.push({ dialect: query.dialect, kind: query.kind, id: query.prefix ?? '', match: 'prefix', revision });
        return ledger.list(query);
      },
    };
    const { writes, result } = await decide(view);
    try {
      await ledger.commit(author, writes, guards);
      return result;
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}
