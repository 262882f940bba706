/** Microseconds told apart; what is later counts as this much. */
const LONGEST = 500_000;

/** What was seen of a latency, milliseconds. */
export interface LatencySummary {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Counts latencies by the microsecond, without garbage. */
export class Latency {
  readonly #counts = new Uint32Array(LONGEST + 1);
  #total = 0;
  #max = 0;

  /** `milliseconds` as `performance.now()` differs. */
  add(milliseconds: number): void {
    const micros = Math.min(Math.round(milliseconds * 1000), LONGEST);
    this.#counts[micros] = (this.#counts[micros] ?? 0) + 1;
    this.#total += 1;
    if (milliseconds > this.#max) this.#max = milliseconds;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
  }

  summary(): LatencySummary {
    return { p50: this.#quantile(0.5), p99: this.#quantile(0.99), p999: this.#quantile(0.999), max: round(this.#max) };
  }

  #quantile(share: number): number {
    let left = this.#total * share;
    for (const [micros, count] of this.#counts.entries()) {
      left -= count;
      if (count > 0 && left <= 0) return micros / 1000;
    }
    return 0;
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
