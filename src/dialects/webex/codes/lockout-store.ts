import type { Clock } from '../../../kit/clock.ts';
import type { Ledger, Write } from '../../../ledger/ledger.ts';
import { mutate } from '../../../ledger/mutate.ts';
import { DIALECT, put, readAll, remove } from '../documents.ts';
import type { Lockout, Lockouts } from './lockouts.ts';

interface StoreParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly lockouts: Lockouts;
}

/** Keeps lock-outs in the ledger, so that a restart lifts none: written when one begins, taken away when it is over. */
export class LockoutStore {
  readonly #parts: StoreParts;
  /** What is written: until when, by the id of the line or location. */
  readonly #written = new Map<string, number>();

  private constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  /** Restores those that are in force; the others are taken away. */
  static async open(parts: StoreParts): Promise<LockoutStore> {
    const store = new LockoutStore(parts);
    const now = parts.clock.now();
    const over: Write[] = [];
    for (const { id, kind, wrongCodes, until } of await readAll(parts.ledger, 'lockout')) {
      const end = Date.parse(until);
      if (end <= now) over.push(remove('lockout', id));
      else {
        store.#written.set(id, end);
        parts.lockouts.restore({ kind, id, wrongCodes, until: end });
      }
    }
    await store.#write('gate', over);
    return store;
  }

  /** Writes down what has changed of a line and its location. `actor`: who changed it. */
  async keep(actor: string, { line, location }: { line: string; location: string }): Promise<void> {
    const { lockouts, clock } = this.#parts;
    const now = clock.now();
    const found = [lockouts.of('line', line, now) ?? line, lockouts.of('location', location, now) ?? location];
    await this.#write(
      actor,
      found.flatMap((one) => this.#changeOf(one)),
    );
  }

  #changeOf(found: Lockout | string): Write[] {
    if (typeof found === 'string') return this.#written.delete(found) ? [remove('lockout', found)] : [];
    const { kind, id, wrongCodes, until } = found;
    if (this.#written.get(id) === until) return [];
    this.#written.set(id, until);
    return [put('lockout', id, { id, kind, wrongCodes, until: new Date(until).toISOString() })];
  }

  async #write(actor: string, writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    const author = { actor, dialect: DIALECT, operation: 'LockOut', requestId: '' };
    await mutate(this.#parts.ledger, author, async () => ({ writes: [...writes], result: undefined }));
  }
}
