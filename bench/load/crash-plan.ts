import type { CallFigures } from './calls.ts';
import type { User } from './digest.ts';

/** Which threads are to end, as it is handed to the process that has them end and watches. */
export interface CrashPlan {
  /** `ADDRESS:PORT` of the gate. */
  readonly target: string;
  /** `ADDRESS:PORT` of the gateways, which are ours. */
  readonly gateways: readonly string[];
  readonly users: readonly User[];
  /** Calls a second. */
  readonly rate: number;
  /** Process of the gate, in which SIGUSR2 ends one thread. */
  readonly pid: number;
  /** How many threads serve calls. */
  readonly threads: number;
  readonly crashes: number;
  /** Seconds before the first crash, and from each to the next. */
  readonly warmUp: number;
  readonly every: number;
}

/** One crash, as it was seen from outside. */
export interface Crash {
  /** Which thread ended. */
  readonly thread: number;
  /** Milliseconds that it was missing. */
  readonly missing: number;
}

/** What was seen from the first crash on. */
export interface CrashResult {
  readonly crashes: readonly Crash[];
  readonly calls: CallFigures;
}
