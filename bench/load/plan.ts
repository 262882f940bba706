import type { FloodKind, FloodFigures } from './flood.ts';
import type { CallFigures } from './calls.ts';
import type { User } from './digest.ts';

/** What a load generator is to do, as it is handed to its process. */
export interface LoadPlan {
  /** `ADDRESS:PORT` of the server. */
  readonly target: string;
  /** `ADDRESS:PORT` of the gateways, which are ours. */
  readonly gateways: readonly string[];
  readonly users: readonly User[];
  readonly kind: 'calls' | FloodKind;
  /** Calls a second; null: as many at once as `window` says, each followed by another. */
  readonly rate: number | null;
  /** Calls, or requests of a flood, at once. */
  readonly window: number;
  /** Seconds before anything is counted; up to four times as long until each user has called. */
  readonly warmUp: number;
  /** Seconds that count. */
  readonly seconds: number;
  /** Root processes of the server, whose CPU and memory are read; none when empty. */
  readonly pids: readonly number[];
}

/** What was seen in the seconds that count. */
export interface LoadResult {
  readonly seconds: number;
  readonly calls: CallFigures | null;
  readonly flood: FloodFigures | null;
  /** Completed calls, or right answers, a second. */
  readonly perSecond: number;
  /** Microseconds of CPU, of all threads of the server, for each of them; null when no process is known. */
  readonly cpuMicros: number | null;
  /** Share of one core that the server used, and that this process used. */
  readonly serverShare: number | null;
  readonly loadShare: number;
  /** Most resident megabytes of the server that were seen; null when no process is known. */
  readonly resident: number | null;
}
