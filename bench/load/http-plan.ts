import type { Keys } from './sign.ts';

/** What the HTTP load is to do, as it is handed to its process. */
export interface HttpPlan {
  /** `ADDRESS:PORT`. */
  readonly target: string;
  readonly kind: 'get' | 'put';
  readonly keys: Keys;
  /** Ids of the Voice Connectors that are asked for in turn. */
  readonly connectors: readonly string[];
  readonly connections: number;
  /** Requests a second at the most; as many as are answered when absent. */
  readonly rate?: number;
  readonly warmUp: number;
  readonly seconds: number;
  /** Root processes of the server. */
  readonly pids: readonly number[];
}

/** What was seen in the seconds that count. */
export interface HttpResult {
  readonly perSecond: number;
  readonly wrong: number;
  readonly cpuMicros: number;
  readonly serverShare: number;
  readonly loadShare: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}
