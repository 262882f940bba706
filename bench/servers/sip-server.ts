import type { User } from '../load/digest.ts';

/** A SIP server under test. Ends with `await using`. */
export interface SipServer extends AsyncDisposable {
  /** `ADDRESS:PORT` of its UDP socket. */
  readonly target: string;
  /** Where it sends calls, in this order: two addresses that nobody listens on yet. */
  readonly gateways: readonly string[];
  readonly users: readonly User[];
  /** Roots of its processes, a database's included. */
  readonly pids: readonly number[];
}

/** How many users may call. */
export const USERS = 10_000;
