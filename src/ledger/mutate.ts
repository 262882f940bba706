import {
  RevisionConflict,
  type Author,
  type DocumentKey,
  type Folder,
  type Guard,
  type Ledger,
  type ListQuery,
  type StoredDocument,
  type Write,
} from './ledger.ts';

/** How often a mutation is tried when others write between its reads and its commit. */
const ATTEMPTS = 10;

/** Reads that are remembered, so that the commit fails if any of them is out of date. */
export interface View {
  get(key: DocumentKey): Promise<StoredDocument | null>;
  list(query: ListQuery): Promise<StoredDocument[]>;
  any(folder: Folder): Promise<boolean>;
}

/** What a mutation found: its writes, and what to answer once they are committed. */
interface Mutation<Result> {
  writes: Write[];
  result: Result;
}

/** Decides on a view. Must have no effects besides its result and wait for nothing but the view. */
type Decide<Result> = (view: View) => Promise<Mutation<Result>>;

/** The mutation of each ledger that lost a race and now has its turn. */
const turns = new WeakMap<Ledger, Promise<void>>();

/** The mutations of each ledger that lost a race, one after the other. */
const queues = new WeakMap<Ledger, Promise<void>>();

/**
 * Reads, decides and writes as if alone: `decide` sees a view and returns its writes and a result; if anything it
 * read has changed by the time of the commit (or of its refusal by throwing), it is run again. `decide` must have no effects besides its result and
 * wait for nothing but the view. Throws RevisionConflict when other processes keep winning.
 *
 * Losers try again one at a time, and nobody begins meanwhile: so within one process none starves.
 */
export async function mutate<Result>(ledger: Ledger, author: Author, decide: Decide<Result>): Promise<Result> {
  const turn = turns.get(ledger);
  if (turn) await turn;
  try {
    return await tryOnce(ledger, author, decide);
  } catch (error) {
    if (!(error instanceof RevisionConflict)) throw error;
  }
  return inTurn(ledger, () => tryAgain(ledger, author, decide));
}

async function tryOnce<Result>(ledger: Ledger, author: Author, decide: Decide<Result>): Promise<Result> {
  const revision = await ledger.revision();
  const guards: Guard[] = [];
  const view: View = {
    get({ dialect, kind, id }) {
      guards.push({ dialect, kind, id, match: 'exact', revision });
      return ledger.get({ dialect, kind, id });
    },
    list(query) {
      guards.push({ dialect: query.dialect, kind: query.kind, id: query.prefix ?? '', match: 'prefix', revision });
      return ledger.list(query);
    },
    any({ dialect, kind, prefix }) {
      guards.push({ dialect, kind, id: prefix, match: 'prefix', revision });
      return ledger.any({ dialect, kind, prefix });
    },
  };
  let decided: Mutation<Result>;
  try {
    decided = await decide(view);
  } catch (error) {
    // A refusal drawn from reads that no longer hold is none: this throws RevisionConflict then.
    await ledger.commit(author, [], guards);
    throw error;
  }
  await ledger.commit(author, decided.writes, guards);
  return decided.result;
}

async function tryAgain<Result>(ledger: Ledger, author: Author, decide: Decide<Result>): Promise<Result> {
  for (let attempt = 2; ; attempt += 1) {
    try {
      return await tryOnce(ledger, author, decide);
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function inTurn<Result>(ledger: Ledger, action: () => Promise<Result>): Promise<Result> {
  const before = queues.get(ledger);
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  queues.set(ledger, done);
  await before;
  turns.set(ledger, done);
  try {
    return await action();
  } finally {
    finish();
    if (turns.get(ledger) === done) turns.delete(ledger);
    if (queues.get(ledger) === done) queues.delete(ledger);
  }
}
