import type { DocumentKey, Guard } from './ledger.ts';

/** Changes that are remembered: far more than any mutation waits for. */
const MOST = 1024;

/** A document that a revision wrote or deleted. */
export interface Change {
  readonly key: DocumentKey;
  readonly revision: number;
}

/** The newest changes of a ledger, in memory: nearly every guard is younger than these and costs no statement. */
export class RecentChanges {
  #changes: Change[] = [];
  /** All changes after this revision are here. */
  #since: number;

  constructor(newest: number) {
    this.#since = newest;
  }

  /** Remembers what a transaction wrote, oldest first. */
  add(changes: readonly Change[]): void {
    for (const change of changes) this.#changes.push(change);
    if (this.#changes.length <= 2 * MOST) return;
    this.#changes = this.#changes.slice(-MOST);
    // Of the oldest revision left, some changes may be gone.
    this.#since = this.#changes[0]?.revision ?? this.#since;
  }

  /** Whether the guard holds against these and `more`, which came later; undefined where they do not reach back that far. */
  allow(guard: Guard, more: readonly Change[]): boolean | undefined {
    if (guard.revision < this.#since) return undefined;
    return !brokenBy(guard, more) && !brokenBy(guard, this.#changes);
  }
}

function brokenBy(guard: Guard, changes: readonly Change[]): boolean {
  for (let index = changes.length - 1; index >= 0; index -= 1) {
    const change = changes[index];
    if (!change || change.revision <= guard.revision) return false;
    const { dialect, kind, id } = change.key;
    if (kind !== guard.kind || dialect !== guard.dialect) continue;
    if (guard.match === 'exact' ? id === guard.id : id.startsWith(guard.id)) return true;
  }
  return false;
}
