import type { Clock } from '../../../kit/clock.ts';
import { equalInConstantTime, type Sealer } from '../../../kit/seal.ts';
import type { Ledger, Write } from '../../../ledger/ledger.ts';
import { mutate, type View } from '../../../ledger/mutate.ts';
import { fits } from '../../../rulebook/permission.ts';
import { childId, DIALECT, put, read, type AccessCode, type AccessCodeUse } from '../documents.ts';
import { Lockouts, type Lockout } from './lockouts.ts';
import { LockoutStore } from './lockout-store.ts';
import { codeAt, stepAt } from './one-time-code.ts';
import { codeDocumentId, documentIdOf, openCode, timeBasedCodesOf } from './store.ts';

/** How far a telephone's idea of the time may be off, in steps. */
const DRIFT = [0, -1, 1];

/** A code that was keyed, and for which call. */
export interface CodeTry {
  /** UUID of the line that calls, and of its location. */
  readonly line: string;
  readonly location: string;
  /** Owners whose codes are right here, as UUIDs. */
  readonly codeSets: readonly string[];
  readonly digits: string;
  /** E.164, or digits as dialled. */
  readonly called: string;
}

export type CodeVerdict =
  /** The code is right, and its use is counted. */
  | { readonly outcome: 'match'; readonly code: { readonly id: string; readonly description: string } }
  /** `triesLeft`: until the line is locked. */
  | { readonly outcome: 'none'; readonly triesLeft: number }
  /** Milliseconds since the epoch. Nothing was compared. */
  | { readonly outcome: 'locked'; readonly until: number };

interface CodeBookOptions {
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** Tells whether a keyed code is right. No answer, log or stored text holds the digits. */
export class CodeBook {
  readonly #options: CodeBookOptions;
  readonly #lockouts: Lockouts;
  readonly #kept: LockoutStore;

  private constructor(options: CodeBookOptions, lockouts: Lockouts, kept: LockoutStore) {
    this.#options = options;
    this.#lockouts = lockouts;
    this.#kept = kept;
  }

  /** With the lock-outs that are in force. */
  static async open(options: CodeBookOptions): Promise<CodeBook> {
    const lockouts = new Lockouts();
    return new CodeBook(options, lockouts, await LockoutStore.open({ ...options, lockouts }));
  }

  /**
   * Compares the digits with the codes of the sets. A right one is used with this: the count is on disk when the
   * promise resolves, and of two calls at once only one gets the last use. A code that has expired, was used up, or is
   * not for this destination is as wrong as any other.
   */
  async verify(tried: CodeTry): Promise<CodeVerdict> {
    const { line, location } = tried;
    const until = this.#lockouts.begin(line, location, this.#options.clock.now());
    if (until !== null) return { outcome: 'locked', until };
    const code = /^\d{1,32}$/.test(tried.digits) ? await this.#find(tried) : undefined;
    if (code) this.#lockouts.right(line, location);
    // A lock-out is on disk before the caller hears that the code was wrong.
    await this.#kept.keep(`line ${line}`, { line, location });
    if (!code) return { outcome: 'none', triesLeft: this.#lockouts.left(line, this.#options.clock.now()) };
    return { outcome: 'match', code: { id: code.id, description: code.description } };
  }

  /** Until when a line may try no codes (milliseconds since the epoch); null when it may. */
  lockedUntil(line: string, location: string): number | null {
    return this.#lockouts.lockedUntil(line, location, this.#options.clock.now());
  }

  /** Lines and locations that are locked out now. */
  lockouts(): Lockout[] {
    return this.#lockouts.list(this.#options.clock.now());
  }

  /** Lets a line or a location try again; false when nothing was held against it. */
  async lift(id: string): Promise<boolean> {
    const lifted = this.#lockouts.lift(id);
    if (lifted) await this.#kept.keep('admin', { line: id, location: id });
    return lifted;
  }

  async #find(tried: CodeTry): Promise<AccessCode | undefined> {
    for (const set of tried.codeSets) {
      for (const candidate of await this.#candidates(set, tried.digits)) {
        const used = await this.#use(candidate, tried);
        if (used) return used;
      }
    }
    return undefined;
  }

  /** Codes of a set with these digits: by their fingerprint, which tells an onlooker nothing, and time-based ones by trying all. */
  async #candidates(set: string, digits: string): Promise<AccessCode[]> {
    const { ledger } = this.#options;
    const fixed = await read(ledger, 'access-code', codeDocumentId(this.#options, set, digits));
    const now = this.#options.clock.now();
    const current = (await timeBasedCodesOf(ledger, set)).filter((code) => this.#stepOf(code, digits, now, -1) != null);
    return fixed ? [fixed, ...current] : current;
  }

  /** Counts the use in the name of the line, so that the ledger's history is the audit; undefined where it is not right. */
  #use(candidate: AccessCode, tried: CodeTry): Promise<AccessCode | undefined> {
    const author = { actor: `line ${tried.line}`, dialect: DIALECT, operation: 'UseAccessCode', requestId: '' };
    return mutate(this.#options.ledger, author, async (view) => {
      const code = await read(view, 'access-code', documentIdOf(this.#options, candidate));
      const use = code && (await this.#judge(view, code, tried));
      return use ? { writes: [use], result: code } : { writes: [], result: undefined };
    });
  }

  async #judge(view: View, code: AccessCode, { digits, called, line }: CodeTry): Promise<Write | undefined> {
    const now = this.#options.clock.now();
    const id = childId(code.owner.id, code.id);
    const known = await read(view, 'access-code-use', id);
    const step = this.#stepOf(code, digits, now, known?.lastStep ?? -1);
    if (step === undefined) return undefined;
    if (code.expires !== null && Date.parse(code.expires) <= now) return undefined;
    const uses = (known?.uses ?? 0) + 1;
    if (code.maximumUses !== null && uses > code.maximumUses) return undefined;
    if (code.destinations && !code.destinations.some((pattern) => fits(pattern, called))) return undefined;
    const { id: codeId, description } = code;
    const lastUsed = new Date(now).toISOString();
    const use: AccessCodeUse = { codeId, description, uses, lastUsed, lastLine: line, lastStep: step };
    return put('access-code-use', id, use);
  }

  /** The step whose code it is, later than the last that was used; null for a code without; undefined when it is wrong. */
  #stepOf(code: AccessCode, digits: string, now: number, last: number): number | null | undefined {
    const plain = openCode(this.#options, code);
    const { timeBased } = code;
    if (!timeBased) return equalInConstantTime(plain, digits) ? null : undefined;
    const current = stepAt(now, timeBased.periodSeconds);
    return DRIFT.map((drift) => current + drift)
      .filter((step) => step >= 0 && equalInConstantTime(codeAt(plain, step, timeBased.digits), digits))
      .find((step) => step > last);
  }
}
