import { Recent } from '../kit/recent.ts';
import type { DocumentKey, FollowedLedger } from '../ledger/ledger.ts';
import type { CredentialRecord } from '../rulebook/credential.ts';
import type { Compiler } from './compiler.ts';

/** Credentials kept ready; the rest is read when somebody logs in. About 500 bytes each. */
const CACHED = 20_000;

type Found = CredentialRecord | null | Promise<CredentialRecord | null>;

/** Remembers that a user does not exist, so that guessing costs no reads. */
const NOBODY = Symbol('no such user');

/**
 * Finds the credential of a trunk's user: at once when it is cached, else by a read of the ledger.
 * A change of the credential is seen by the next call, because the feed drops it from the cache.
 */
export class Credentials {
  readonly #ledger: FollowedLedger;
  readonly #compilers: ReadonlyMap<string, Compiler>;
  readonly #cache = new Recent<string, CredentialRecord | typeof NOBODY>(CACHED);
  /** Counts changes, so that a read which began before one is not cached after it. */
  #changes = 0;

  constructor(ledger: FollowedLedger, compilers: readonly Compiler[]) {
    this.#ledger = ledger;
    this.#compilers = new Map(compilers.map((compiler) => [compiler.dialect, compiler]));
    ledger.follow((revision) => {
      this.#changes += 1;
      for (const change of revision.changes) this.#cache.delete(cacheKey(change.key));
    });
  }

  /**
   * The credentials of that name in the sets, in their order: one for each set that has the user. `trunk` is a Trunk.id,
   * `credentialSets` its digest rule's.
   */
  find(
    trunk: string,
    credentialSets: readonly string[],
    username: string,
  ): CredentialRecord[] | Promise<CredentialRecord[]> {
    const compiler = this.#compilers.get(trunk.slice(0, trunk.indexOf(':')));
    if (!compiler) return [];
    const found = credentialSets.map((set) => this.#findIn(compiler, compiler.credentialKey(set, username)));
    const ready = found.filter((one): one is CredentialRecord | null => !(one instanceof Promise));
    return ready.length === found.length ? existing(ready) : inTurn(found);
  }

  #findIn(compiler: Compiler, key: DocumentKey): Found {
    const cached = this.#cache.get(cacheKey(key));
    if (cached) return cached === NOBODY ? null : cached;
    return this.#read(compiler, key);
  }

  async #read(compiler: Compiler, key: DocumentKey): Promise<CredentialRecord | null> {
    const changes = this.#changes;
    const document = await this.#ledger.get(key);
    const record = document ? compiler.credential(document.body) : null;
    if (changes === this.#changes) this.#cache.set(cacheKey(key), record ?? NOBODY);
    return record;
  }
}

async function inTurn(found: readonly Found[]): Promise<CredentialRecord[]> {
  const records: (CredentialRecord | null)[] = [];
  for (const one of found) records.push(await one);
  return existing(records);
}

function existing(found: readonly (CredentialRecord | null)[]): CredentialRecord[] {
  return found.filter((record) => record !== null);
}

function cacheKey(key: DocumentKey): string {
  return `${key.dialect}\n${key.kind}\n${key.id}`;
}
