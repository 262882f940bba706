import type { Ledger, Revision } from '../ledger/ledger.ts';
import type { CompiledEntry, EntryKey } from '../rulebook/entry.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Compiler } from './compiler.ts';
import type { Documents } from './documents.ts';

/** Documents read at a time while the rulebook is built. */
const PAGE = 1000;

/**
 * Compiles every document into the rulebook, then each change as it comes. Resolves when the rulebook is complete;
 * a revision that cannot be compiled goes to `onError` and leaves its entries as they were.
 */
export async function followLedger(
  ledger: Ledger,
  compilers: readonly Compiler[],
  rulebook: Rulebook,
  onError: (error: unknown) => void,
): Promise<() => void> {
  let ready: () => void = () => {};
  // One revision after the other, in order: a later one never overtakes an earlier one that is still compiling.
  let queue = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const stop = ledger.follow((revision) => {
    queue = queue.then(() => compileRevision(ledger, compilers, rulebook, revision)).catch(onError);
    return queue;
  });
  try {
    const revision = await ledger.revision();
    rulebook.apply(revision, await compileDocuments(ledger, compilers));
  } catch (error) {
    stop();
    throw error;
  } finally {
    // Commits wait for their followers, so nobody may be left waiting.
    ready();
  }
  await queue;
  return stop;
}

/** What all documents mean, entry by entry. */
export async function compileDocuments(documents: Documents, compilers: readonly Compiler[]): Promise<CompiledEntry[]> {
  const entries: CompiledEntry[] = [];
  for (const compiler of compilers) entries.push(...(await compileAll(documents, compiler)));
  return entries;
}

async function compileAll(ledger: Documents, compiler: Compiler): Promise<CompiledEntry[]> {
  const entries: CompiledEntry[] = [];
  for (const kind of compiler.roots) {
    for (let after: string | undefined; ;) {
      const page = await ledger.list({ dialect: compiler.dialect, kind, after, limit: PAGE });
      const keys = page.flatMap((document) => compiler.affects({ key: document, before: null, after: document.body }));
      entries.push(...(await compileKeys(ledger, compiler, keys)));
      after = page.at(-1)?.id;
      if (page.length < PAGE) break;
    }
  }
  return entries;
}

async function compileRevision(
  ledger: Ledger,
  compilers: readonly Compiler[],
  rulebook: Rulebook,
  revision: Revision,
): Promise<void> {
  if (revision.number <= rulebook.revision) return;
  const entries: CompiledEntry[] = [];
  for (const compiler of compilers) {
    const keys = revision.changes
      .filter((change) => change.key.dialect === compiler.dialect)
      .flatMap((change) => compiler.affects(change));
    entries.push(...(await compileKeys(ledger, compiler, keys)));
  }
  rulebook.apply(revision.number, entries);
}

function compileKeys(ledger: Documents, compiler: Compiler, keys: readonly EntryKey[]): Promise<CompiledEntry[]> {
  const unique = new Map(keys.map((key) => [`${key.kind} ${key.id}`, key]));
  return Promise.all([...unique.values()].map((key) => compiler.compile(key, ledger)));
}
