import type { Clock, Timer } from '../../kit/clock.ts';
import type { AddressOfRecord, Binding } from './binding.ts';

/** Keeps bindings over a restart. */
export interface BindingStore {
  /** All that was saved, expired ones too. */
  load(): Iterable<{ readonly of: AddressOfRecord; readonly bindings: readonly Binding[] }>;
  /** Puts these in place of what was saved for the user, in one go; throws when it cannot. None: forgets the user. */
  save(of: AddressOfRecord, bindings: readonly Binding[]): void;
  close(): void;
}

/** Users with bindings at once; about a kilobyte each. */
export const MOST_USERS = 100_000;

/** Milliseconds between looks for what expired. What expired is never told, this only gives back the room. */
const PURGE_EVERY = 60_000;

/** The bindings of all users: in memory for calls, in a store for the next start. */
export class Bindings {
  readonly #clock: Clock;
  readonly #store: BindingStore | null;
  readonly #capacity: number;
  readonly #onError: (error: unknown) => void;
  readonly #users = new Map<string, { readonly of: AddressOfRecord; readonly bindings: readonly Binding[] }>();
  #purge: Timer | null = null;
  /** Told of what a user's bindings are now, whenever they change. */
  onChange: ((of: AddressOfRecord, bindings: readonly Binding[]) => void) | null = null;

  constructor(options: {
    clock: Clock;
    store: BindingStore | null;
    capacity?: number;
    onError: (error: unknown) => void;
  }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#capacity = options.capacity ?? MOST_USERS;
    this.#onError = options.onError;
    for (const entry of this.#store?.load() ?? []) this.#users.set(keyOf(entry.of), entry);
    this.#removeExpired();
  }

  /** Users who have bindings. */
  get users(): number {
    return this.#users.size;
  }

  /** The bindings of a user that have not expired. */
  of(user: AddressOfRecord): Binding[] {
    return this.#alive(this.#users.get(keyOf(user))?.bindings ?? []);
  }

  /** All that have not expired. */
  *all(): Iterable<{ readonly of: AddressOfRecord; readonly binding: Binding }> {
    for (const { of, bindings } of this.#users.values())
      for (const binding of this.#alive(bindings)) yield { of, binding };
  }

  /** Every user who has bindings, as they are when the iterator comes to it; expired ones may be among them. */
  *byUser(): Generator<readonly [of: AddressOfRecord, bindings: readonly Binding[]]> {
    for (const { of, bindings } of this.#users.values()) yield [of, bindings];
  }

  /** Whether there is room for this user's bindings. */
  hasRoomFor(user: AddressOfRecord): boolean {
    return this.#users.size < this.#capacity || this.#users.has(keyOf(user));
  }

  /** Puts these in place of the user's, saved first; throws when they cannot be saved, and then nothing has changed. */
  replace(of: AddressOfRecord, bindings: readonly Binding[]): void {
    this.#store?.save(of, bindings);
    if (bindings.length === 0) this.#users.delete(keyOf(of));
    else this.#users.set(keyOf(of), { of, bindings });
    this.onChange?.(of, bindings);
    this.#schedule();
  }

  close(): void {
    this.#purge?.cancel();
    this.#store?.close();
  }

  #alive(bindings: readonly Binding[]): Binding[] {
    const now = this.#clock.now();
    return bindings.filter((binding) => binding.expiresAt > now);
  }

  #removeExpired(): void {
    for (const { of, bindings } of this.#users.values()) {
      const alive = this.#alive(bindings);
      if (alive.length < bindings.length) this.replace(of, alive);
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#purge || this.#users.size === 0) return;
    this.#purge = this.#clock.after(PURGE_EVERY, () => {
      this.#purge = null;
      try {
        this.#removeExpired();
      } catch (error) {
        // The disk is full, say: they go at a later turn.
        this.#onError(error);
        this.#schedule();
      }
    });
  }
}

/** Names a user. */
export function keyOf({ trunk, user }: AddressOfRecord): string {
  return `${trunk}\n${user}`;
}
