/** Whole seconds that the rate is taken over: enough to be calm, few enough to be of now. */
const SECONDS = 5;

/** How many calls begin in a second, of late. Times are milliseconds since the epoch. */
export class CallMeter {
  /** Calls of the seconds that are looked at and of the one that runs, by second. */
  readonly #counts = new Map<number, number>();

  add(at: number): void {
    const second = Math.floor(at / 1000);
    const count = this.#counts.get(second);
    this.#counts.set(second, (count ?? 0) + 1);
    if (count !== undefined) return;
    for (const old of this.#counts.keys()) if (old < second - SECONDS) this.#counts.delete(old);
  }

  /** The mean of the last whole seconds, rounded. */
  perSecond(now: number): number {
    const second = Math.floor(now / 1000);
    let calls = 0;
    for (let age = 1; age <= SECONDS; age += 1) calls += this.#counts.get(second - age) ?? 0;
    return Math.round(calls / SECONDS);
  }
}
