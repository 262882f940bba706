import type { Clock } from '../../kit/clock.ts';
import { hex } from '../../kit/ids.ts';
import { equalInConstantTime } from '../../kit/seal.ts';

/** Ten minutes, as the vendor fixes it. */
export const TOKEN_LIFETIME = 600_000;
/** Tokens that may be out at once; beyond, the oldest of who asks for another is forgotten. */
const MOST_TOKENS = 1000;

/** Somebody who may use the API. `user` may read only. */
export interface SbcUser {
  readonly name: string;
  readonly password: string;
  readonly class: 'admin' | 'user';
}

/** What a token stands for. The lock belongs to a session, so renewing a token keeps it. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly class: SbcUser['class'];
  /** Milliseconds since the epoch; moves on with a renewal. */
  expires: number;
}

/** Access tokens: opaque, ten minutes each, lost with the process. */
export class Tokens {
  readonly #clock: Clock;
  readonly #users: readonly SbcUser[];
  readonly #sessions = new Map<string, { readonly session: Session; readonly expires: number }>();

  constructor(clock: Clock, users: readonly SbcUser[]) {
    this.#clock = clock;
    this.#users = users;
  }

  /** The user of these credentials; undefined for wrong ones, which take as long as right ones. */
  authenticate(name: string, password: string): SbcUser | undefined {
    const known = this.#users.find((user) => user.name === name);
    const right = equalInConstantTime(password, known?.password ?? '');
    return known && right ? known : undefined;
  }

  /**
   * A new token. With a valid token of the same user it renews that one's session: whoever renews keeps the lock.
   * The older token stays valid until its own end.
   */
  issue(user: SbcUser, older?: string): string {
    const now = this.#clock.now();
    this.#forget(now, user.name);
    const renewed = older === undefined ? undefined : this.session(older);
    const session =
      renewed?.user === user.name ? renewed : { id: hex(8), user: user.name, class: user.class, expires: 0 };
    session.expires = now + TOKEN_LIFETIME;
    const stamp = new Date(now).toISOString().replace('T', ' ').slice(0, 23);
    const token = Buffer.from(`${user.name},${user.class},${stamp},${hex(32)}`).toString('base64url');
    this.#sessions.set(token, { session, expires: session.expires });
    return token;
  }

  /** The session of a token; undefined once it has expired. */
  session(token: string): Session | undefined {
    const found = this.#sessions.get(token);
    return found && found.expires > this.#clock.now() ? found.session : undefined;
  }

  #forget(now: number, user: string): void {
    for (const [token, { expires }] of this.#sessions) {
      // In the order of their ends, since all live equally long.
      if (expires > now) break;
      this.#sessions.delete(token);
    }
    if (this.#sessions.size < MOST_TOKENS) return;
    // Of the same user: else one who may only read could log out who has the lock, which then nobody can give back.
    const [oldest] = this.#sessions.keys();
    const [own] = [...this.#sessions].find(([, { session }]) => session.user === user) ?? [oldest];
    if (own !== undefined) this.#sessions.delete(own);
  }
}
