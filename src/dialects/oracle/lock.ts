import type { Clock } from '../../kit/clock.ts';
import { SbcError } from './errors.ts';
import type { Session } from './tokens.ts';

/** Who may change the configuration, since when, and what that session did last. */
export interface LockHolder {
  readonly session: Session;
  /** Milliseconds since the epoch. */
  readonly since: number;
  lastAction: { readonly name: string; readonly at: number };
}

const OTHER = 'Resource locked by another user';
const NOBODY = 'User does not have the lock';

/** The one configuration lock. It belongs to a session and is free again when that session's last token expires. */
export class ConfigurationLock {
  readonly #clock: Clock;
  #holder: LockHolder | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null while nobody has it. */
  get holder(): LockHolder | null {
    if (this.#holder && this.#holder.session.expires <= this.#clock.now()) this.#holder = null;
    return this.#holder;
  }

  /** Who has it, for people: times are ISO 8601. */
  report(): object {
    const { holder } = this;
    if (!holder) return { holder: null };
    const { session, since, lastAction } = holder;
    return {
      holder: session.user,
      since: isoTime(since),
      expires: isoTime(session.expires),
      lastAction: { name: lastAction.name, at: isoTime(lastAction.at) },
    };
  }

  /** Takes it; whoever has it already keeps it. Throws 423 while another session has it. */
  acquire(session: Session): void {
    const { holder } = this;
    if (holder && holder.session !== session) throw new SbcError(423, OTHER);
    const now = this.#clock.now();
    this.#holder ??= { session, since: now, lastAction: { name: 'lock', at: now } };
  }

  /** Gives it back. Throws 423 when the session does not have it. */
  release(session: Session): void {
    this.require(session, 'unlock');
    this.#holder = null;
  }

  /** Throws 423, in the vendor's words, unless the session has it; notes what it does with it. */
  require(session: Session, action: string): void {
    const { holder } = this;
    if (!holder) throw new SbcError(423, NOBODY);
    if (holder.session !== session) throw new SbcError(423, OTHER);
    holder.lastAction = { name: action, at: this.#clock.now() };
  }
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
