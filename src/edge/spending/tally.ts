import { isNeighbour, rangeOf, type Measure, type SpendingLimits } from '../../rulebook/spending.ts';
import { LastSecond } from '../limits.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** Ranges counted in one hour; when calls go to more, the one called longest ago is forgotten. */
const MOST_RANGES = 32;

/** The measures that grow while calls last. */
const LASTING: ReadonlySet<Measure> = new Set(['minutes', 'cost']);

/** Comes and goes within a second: there is no warning at half of it, and one alarm in a minute. */
const PACE: Measure = 'calls-per-second';

/** A call in set-up, or answered and not over. */
export interface CountedCall {
  /** Milliseconds since the epoch; 0 until then. */
  readonly answeredAt: number;
}

/** Halves of a limit that were reached: 1 is the warning, 2 the end. */
type Level = 0 | 1 | 2;

/** What of a tally outlives a restart. Windows are of the clock: days are those of UTC. */
export interface TallyState {
  readonly day: number;
  readonly milliseconds: number;
  readonly cost: number;
  readonly calls: number;
  readonly hour: number;
  readonly international: number;
  readonly ranges: readonly (readonly [range: string, calls: number])[];
  readonly minute: number;
  readonly callsInMinute: number;
  readonly last: string | null;
  readonly sequence: number;
  readonly levels: readonly (readonly [Measure, Level])[];
}

/** What one trunk, or one user, has called of late. */
export class Tally {
  #day = 0;
  #milliseconds = 0;
  #cost = 0;
  #calls = 0;
  #hour = 0;
  #international = 0;
  #ranges = new Map<string, number>();
  #minute = 0;
  #callsInMinute = 0;
  readonly #starts = new LastSecond();
  #last: string | null = null;
  #sequence = 0;
  /** Null until the call is answered. */
  readonly #up = new Map<CountedCall, { readonly since: number; readonly price: number } | null>();
  readonly #levels = new Map<Measure, Level>();

  static from(state: TallyState): Tally {
    const tally = new Tally();
    tally.#day = state.day;
    tally.#milliseconds = state.milliseconds;
    tally.#cost = state.cost;
    tally.#calls = state.calls;
    tally.#hour = state.hour;
    tally.#international = state.international;
    tally.#ranges = new Map(state.ranges);
    tally.#minute = state.minute;
    tally.#callsInMinute = state.callsInMinute;
    tally.#last = state.last;
    tally.#sequence = state.sequence;
    for (const [measure, level] of state.levels) tally.#levels.set(measure, level);
    return tally;
  }

  get state(): TallyState {
    return {
      day: this.#day,
      milliseconds: this.#milliseconds,
      cost: this.#cost,
      calls: this.#calls,
      hour: this.#hour,
      international: this.#international,
      ranges: [...this.#ranges],
      minute: this.#minute,
      callsInMinute: this.#callsInMinute,
      last: this.#last,
      sequence: this.#sequence,
      levels: [...this.#levels],
    };
  }

  /** Calls in set-up or answered. */
  get up(): number {
    return this.#up.size;
  }

  /** Whether what it counted is of the day of `now`. */
  isOf(now: number): boolean {
    return this.#day === Math.floor(now / DAY);
  }

  /** A call was admitted that costs nothing, such as one from the telephone network. */
  addFree(now: number): void {
    this.#starts.add(now);
  }

  /** A call was admitted. */
  add(number: string, abroad: boolean, now: number): void {
    this.#roll(now);
    this.#starts.add(now);
    this.#calls += 1;
    this.#callsInMinute += 1;
    if (abroad) this.#international += 1;
    const range = rangeOf(number);
    const calls = (this.#ranges.get(range) ?? 0) + 1;
    this.#ranges.delete(range);
    this.#ranges.set(range, calls);
    const [oldest] = this.#ranges.keys();
    if (this.#ranges.size > MOST_RANGES && oldest !== undefined) this.#ranges.delete(oldest);
    this.#sequence = this.#continues(number) ? this.#sequence + 1 : 1;
    this.#last = number;
  }

  /** It is set up. */
  begin(call: CountedCall): void {
    this.#up.set(call, null);
  }

  /** It was answered; `price` is that of a minute. */
  answer(call: CountedCall, price: number): void {
    this.#up.set(call, { since: call.answeredAt, price });
  }

  /** It is over. */
  end(call: CountedCall, now: number): void {
    const lasting = this.#up.get(call);
    this.#up.delete(call);
    if (!lasting) return;
    this.#roll(now);
    const milliseconds = this.#lasted(lasting.since, now);
    this.#milliseconds += milliseconds;
    this.#cost += (milliseconds / MINUTE) * lasting.price;
  }

  /** How far a measure has come; where it depends on the number called, for a further call to `number`. */
  used(measure: Measure, number: string | null, now: number): number {
    this.#roll(now);
    switch (measure) {
      case 'minutes':
        return this.#withStanding(now, () => 1, this.#milliseconds / MINUTE);
      case 'cost':
        return this.#withStanding(now, (price) => price, this.#cost);
      case 'calls':
        return this.#calls;
      case 'concurrent':
        return this.#up.size;
      case 'calls-per-minute':
        return this.#callsInMinute;
      case 'calls-per-second':
        return this.#starts.count(now);
      case 'international':
        return this.#international;
      case 'range':
        return number === null ? Math.max(0, ...this.#ranges.values()) : (this.#ranges.get(rangeOf(number)) ?? 0);
      case 'sequence':
        return number === null || this.#continues(number) ? this.#sequence : 0;
    }
  }

  /** The measures of which half or all of the limit was reached since they were looked at last. */
  crossed(limits: SpendingLimits, now: number): { measure: Measure; level: 1 | 2; used: number; limit: number }[] {
    return (Object.entries(limits) as [Measure, number][]).flatMap(([measure, limit]) => {
      const used = this.used(measure, null, now);
      const before = this.#levels.get(measure) ?? 0;
      const level: Level = used >= limit ? 2 : measure === PACE ? before : used * 2 >= limit ? 1 : 0;
      if (level === 0) this.#levels.delete(measure);
      else this.#levels.set(measure, level);
      return level > before && level !== 0 ? [{ measure, level, used, limit } as const] : [];
    });
  }

  /** Counts from nothing again; calls that last count from now. */
  clear(now: number): void {
    this.#milliseconds = 0;
    this.#cost = 0;
    this.#calls = 0;
    this.#international = 0;
    this.#ranges.clear();
    this.#callsInMinute = 0;
    this.#starts.clear();
    this.#last = null;
    this.#sequence = 0;
    this.#levels.clear();
    for (const [call, lasting] of this.#up) if (lasting) this.#up.set(call, { since: now, price: lasting.price });
  }

  #continues(number: string): boolean {
    return this.#last !== null && isNeighbour(number, this.#last);
  }

  #withStanding(now: number, weight: (price: number) => number, past: number): number {
    let sum = past;
    for (const lasting of this.#up.values())
      if (lasting) sum += (this.#lasted(lasting.since, now) / MINUTE) * weight(lasting.price);
    return sum;
  }

  /** Milliseconds of this day. */
  #lasted(since: number, now: number): number {
    return Math.max(now - Math.max(since, this.#day * DAY), 0);
  }

  /** Begins new windows. What a call that lasts over midnight took before counts for nothing any more. */
  #roll(now: number): void {
    const day = Math.floor(now / DAY);
    if (day !== this.#day) {
      this.#day = day;
      this.#milliseconds = 0;
      this.#cost = 0;
      this.#calls = 0;
    }
    const hour = Math.floor(now / HOUR);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#international = 0;
      this.#ranges.clear();
      this.#last = null;
      this.#sequence = 0;
    }
    const minute = Math.floor(now / MINUTE);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#callsInMinute = 0;
      this.#levels.delete(PACE);
    }
  }
}

/** Whether a limit of these grows nearer while nobody calls. */
export function limitsLasting(limits: SpendingLimits): boolean {
  return Object.keys(limits).some((measure) => LASTING.has(measure as Measure));
}
