import { systemClock, type Clock } from '../kit/clock.ts';
import type { FollowedLedger, Revision } from '../ledger/ledger.ts';
import type { CompiledEntry, EntryKey } from '../rulebook/entry.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Compiler } from './compiler.ts';
import type { Documents } from './documents.ts';
import { Missed, type Attempt } from './missed.ts';
import { AHEAD, readAhead } from './read-ahead.ts';

/**
 * Compiles every document into the rulebook, then each change as it comes. Resolves when the rulebook is complete;
 * a revision that cannot be compiled goes to `onError`, leaves its entries as they were, and is tried again.
 * A commit is over when `applied` is, which carries out what the rulebook says since.
 */
export async function followLedger(
  ledger: FollowedLedger,
  compilers: readonly Compiler[],
  rulebook: Rulebook,
  onError: (error: unknown) => void,
  clock: Clock = systemClock,
  applied: () => Promise<void> = async () => {},
): Promise<() => void> {
  let ready: () => void = () => {};
  // One revision after the other, in order: a later one never overtakes an earlier one that is still compiling.
  let queue = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const stop = ledger.follow((revision) => {
    queue = queue.then(() => follow(revision)).catch(onError);
    return queue;
  });
  const follow = async (revision: Revision): Promise<void> => {
    // Most changes are of passwords, which no rule holds.
    if (await compileRevision({ ledger, compilers, rulebook, missed }, revision)) await applied();
  };
  const missed = new Missed(rulebook, clock, () => {
    queue = queue
      .then(() => missed.tryAgain())
      .then(applied)
      .catch(onError);
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
  return () => {
    missed.stop();
    stop();
  };
}

interface Following {
  readonly ledger: FollowedLedger;
  readonly compilers: readonly Compiler[];
  readonly rulebook: Rulebook;
  readonly missed: Missed;
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
      const page = await ledger.list({ dialect: compiler.dialect, kind, after, limit: AHEAD });
      const keys = page.flatMap((document) => compiler.affects({ key: document, before: null, after: document.body }));
      entries.push(...(await compileKeys(readAhead(ledger, after, page), compiler, keys)));
      after = page.at(-1)?.id;
      if (page.length < AHEAD) break;
    }
  }
  return entries;
}

/** Whether the rulebook may say anything else since. */
async function compileRevision(
  { ledger, compilers, rulebook, missed }: Following,
  revision: Revision,
): Promise<boolean> {
  if (revision.number <= rulebook.revision) return true;
  const entries: CompiledEntry[] = [];
  const attempts: (readonly [name: string, attempt: Attempt])[] = [];
  try {
    for (const compiler of compilers) {
      if (!revision.changes.some(({ key }) => key.dialect === compiler.dialect)) continue;
      const changes = revision.changes.filter(({ key }) => key.dialect === compiler.dialect);
      // Should it fail before it is known what is affected, everything may be.
      attempts.push([compiler.dialect, () => compileAll(ledger, compiler)]);
      const keys = changes.flatMap((change) => compiler.affects(change));
      attempts.pop();
      for (const key of keys) attempts.push([`${key.kind} ${key.id}`, () => compileKeys(ledger, compiler, [key])]);
      if (keys.length > 0) entries.push(...(await compileKeys(ledger, compiler, keys)));
    }
  } catch (error) {
    for (const [name, attempt] of attempts) missed.add(revision.number, name, attempt);
    throw error;
  }
  rulebook.apply(revision.number, entries);
  return entries.length > 0;
}

/** One after the other: what a thousand at once have under way outlives the young generation. */
async function compileKeys(ledger: Documents, compiler: Compiler, keys: readonly EntryKey[]): Promise<CompiledEntry[]> {
  const unique = new Map(keys.map((key) => [`${key.kind} ${key.id}`, key]));
  const entries: CompiledEntry[] = [];
  for (const key of unique.values()) entries.push(await compiler.compile(key, ledger));
  return entries;
}
