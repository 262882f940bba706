import type { CallSink } from '../../journal/event.ts';
import type { Clock, Timer } from '../../kit/clock.ts';
import { firstOf } from '../../kit/first.ts';
import { Recent } from '../../kit/recent.ts';
import type { Decision } from '../../rulebook/decide/decision.ts';
import { dialledNumber } from '../../rulebook/number-plan.ts';
import { MEASURES, termsOf, type Measure, type SpendingLimits, type Spent } from '../../rulebook/spending.ts';
import { limitsLasting, Tally, type CountedCall, type TallyState } from './tally.ts';
import { FREE, type Tariff } from './tariff.ts';

/** Trunks and users that are counted; the one that was quiet longest is forgotten first. */
const MOST_SPENDERS = 20_000;

/** Milliseconds that changes wait for company before they are written. */
const SAVE_AFTER = 1000;

/** Rows written in one go: calls wait for it. */
const ROWS_AT_ONCE = 100;

/** Milliseconds until the next. */
const NEXT_ROWS_AFTER = 10;

/** Milliseconds between two looks at calls that last, whose minutes nobody else counts meanwhile. */
const LOOK_EVERY = 10_000;

/** Who is counted: a trunk, or a user of it who proved to know the password. */
export interface Spender {
  readonly trunk: string;
  /** Null: the trunk itself, with all its users. */
  readonly user: string | null;
}

/** Keeps tallies over a restart. */
export interface SpendingStore {
  load(): Iterable<{ of: Spender; state: TallyState }>;
  /** Writes what changed in one go; null removes. */
  save(changes: readonly { of: Spender; state: TallyState | null }[]): void;
  close(): void;
}

/** What the operator allows, and what calls cost. */
export interface SpendingTerms {
  readonly trunk: SpendingLimits;
  readonly user: SpendingLimits;
  /** Everything is free when it is absent. */
  readonly tariff?: Tariff;
}

export interface SpendingParts {
  readonly terms: SpendingTerms;
  readonly store: SpendingStore | null;
  readonly journal: CallSink;
  readonly clock: Clock;
  /** Told of half a limit, and of a whole one, once each. */
  readonly onAlarm: (alarm: SpendingAlarm) => void;
  readonly onError: (error: unknown) => void;
}

/** A trunk or user came to half of a limit, or to all of it. */
export interface SpendingAlarm extends Spender {
  readonly state: 'warning' | 'stopped';
  readonly measure: Measure;
  readonly used: number;
  readonly limit: number;
}

/** A call whose minutes count. */
export interface PaidCall extends CountedCall {
  readonly callId: string;
  /** Null for a call that costs nobody anything. */
  readonly spender: Spender | null;
  /** The trunk whose room it takes although it costs nothing; null for any other. */
  readonly guestOf: string | null;
  readonly called: string | null;
}

interface Row {
  readonly of: Spender;
  readonly tally: Tally;
  /** The newest call. */
  callId: string;
}

/**
 * Counts what trunks and their users call, so that who stole a password cannot spend much with it (checklist 10.9).
 * Calls to the telephone network count, emergency calls do not; those from there take room and cost nothing. It warns at
 * half of a limit; decide() refuses at all of it. Calls under way go on: how long, their own cap says. Where nothing is
 * limited, nothing is counted.
 */
export class Spending {
  readonly #parts: SpendingParts;
  readonly #rows = new Recent<string, Row>(MOST_SPENDERS, (row) => this.#forget(row));
  readonly #tariff: Tariff;
  readonly #limited: boolean;
  /** With calls up. */
  readonly #up = new Set<Row>();
  readonly #changed = new Map<string, Row>();
  #saving: Timer | null = null;
  #looking: Timer | null = null;

  constructor(parts: SpendingParts) {
    this.#parts = parts;
    const { terms, store } = parts;
    this.#tariff = terms.tariff ?? FREE;
    this.#limited = Object.keys({ ...terms.trunk, ...terms.user }).length > 0;
    for (const { of, state } of (this.#limited && store?.load()) || []) {
      const row = { of, tally: Tally.from(state), callId: '' };
      if (row.tally.isOf(parts.clock.now())) this.#rows.set(keyOf(of), row);
      else this.#forget(row);
    }
  }

  /** Whether there is a limit. */
  get limited(): boolean {
    return this.#limited;
  }

  /** How far a trunk and its user have come towards each limit, for a call to what was dialled. */
  spent(trunk: string, user: string | null, dialled: string | null): readonly Spent[] {
    if (!this.#limited) return [];
    const number = dialledNumber(dialled ?? '');
    if (number === undefined) return [];
    return [
      ...this.#spentOf({ trunk, user: null }, number),
      ...(user === null ? [] : this.#spentOf({ trunk, user }, number)),
    ];
  }

  /** How far a trunk has come towards the limits that hold for calls from the telephone network too. */
  spentBothWays(trunk: string): readonly Spent[] {
    if (!this.#limited) return [];
    return this.#spentOf({ trunk, user: null }, null).filter(({ measure }) => termsOf(measure).bothWays);
  }

  /** A call from the telephone network was admitted. */
  admittedGuest({ trunk, at }: Decision): void {
    if (!this.#limited || trunk === null) return;
    for (const row of this.#rowsOf({ trunk, user: null })) row.tally.addFree(at);
  }

  /** A call to the telephone network was admitted. */
  admitted({ trunk, username, called, abroad, at }: Decision, callId: string): void {
    if (!this.#limited || trunk === null || called === null || !isPaid(called)) return;
    for (const row of this.#rowsOf({ trunk, user: username })) {
      row.tally.add(called, abroad, at);
      row.callId = callId;
      this.#touched(row);
    }
  }

  /** It is set up. */
  begun(call: PaidCall): void {
    for (const row of this.#rowsOfCall(call)) {
      row.tally.begin(call);
      row.callId = call.callId;
      this.#up.add(row);
      this.#alarm(row);
    }
  }

  /** It was answered. */
  answered(call: PaidCall): void {
    if (!this.#limited || !call.spender) return;
    const price = this.#tariff.priceOf(call.called ?? '');
    for (const row of this.#rowsOf(call.spender)) row.tally.answer(call, price);
    this.#watch();
  }

  /** It is over, answered or not. */
  ended(call: PaidCall): void {
    for (const row of this.#rowsOfCall(call)) {
      row.tally.end(call, this.#parts.clock.now());
      if (row.tally.up === 0) this.#up.delete(row);
      this.#touched(row);
    }
  }

  /** Who has called today or still does, those nearest to a limit first, `most` of them. */
  report(most: number): object {
    const { clock, terms } = this.#parts;
    const now = clock.now();
    const spenders = [...this.#rows.values()].map(({ of, tally }) => {
      const limits = of.user === null ? terms.trunk : terms.user;
      const measures = (Object.keys(MEASURES) as Measure[]).map((measure) => {
        const used = Math.round(tally.used(measure, null, now) * 100) / 100;
        const limit = limits[measure] ?? null;
        return { measure, used, limit, state: stateOf(used, limit) };
      });
      const fullest = Math.max(...measures.map(({ used, limit }) => (limit === null ? 0 : used / limit)));
      return { fullest, spender: { ...of, callsUp: tally.up, measures } };
    });
    const active = spenders.filter(
      ({ spender }) => spender.callsUp > 0 || spender.measures.some(({ used }) => used > 0),
    );
    active.sort((a, b) => b.fullest - a.fullest || minutesOf(b.spender) - minutesOf(a.spender));
    const day = new Date(now).toISOString().slice(0, 10);
    const { trunk, user } = terms;
    return { day, limits: { trunk, user }, spenders: active.slice(0, most).map(({ spender }) => spender) };
  }

  /** Counts a trunk or user from nothing again; false when it is not counted. */
  lift(of: Spender): boolean {
    const row = this.#rows.get(keyOf(of));
    if (!row) return false;
    row.tally.clear(this.#parts.clock.now());
    this.#save(row);
    return true;
  }

  /** How many trunks and users have reached a limit. */
  get stopped(): number {
    const { clock, terms } = this.#parts;
    if (!this.#limited) return 0;
    const now = clock.now();
    let count = 0;
    for (const { of, tally } of this.#rows.values()) {
      const limits = Object.entries(of.user === null ? terms.trunk : terms.user) as [Measure, number][];
      if (limits.some(([measure, limit]) => tally.used(measure, null, now) >= limit)) count += 1;
    }
    return count;
  }

  close(): void {
    this.#saving?.cancel();
    this.#looking?.cancel();
    this.#write([...this.#changed.values()]);
    this.#parts.store?.close();
  }

  #spentOf(name: Spender, number: string | null): Spent[] {
    const { clock, terms } = this.#parts;
    const of = name.user === null ? 'trunk' : 'user';
    const tally = this.#rows.get(keyOf(name))?.tally;
    const limits = Object.entries(terms[of]) as [Measure, number][];
    return limits.map(([measure, limit]) => ({
      of,
      measure,
      used: tally?.used(measure, number, clock.now()) ?? 0,
      limit,
    }));
  }

  /** Of everybody for whom the call counts. */
  #rowsOfCall({ spender, guestOf }: PaidCall): Row[] {
    if (!this.#limited) return [];
    if (spender) return this.#rowsOf(spender);
    return guestOf === null ? [] : this.#rowsOf({ trunk: guestOf, user: null });
  }

  #rowsOf({ trunk, user }: Spender): Row[] {
    const row = (of: Spender): Row => {
      const key = keyOf(of);
      const known = this.#rows.get(key);
      if (known) return known;
      const made = { of, tally: new Tally(), callId: '' };
      this.#rows.set(key, made);
      return made;
    };
    return user === null ? [row({ trunk, user: null })] : [row({ trunk, user: null }), row({ trunk, user })];
  }

  #forget(row: Row): void {
    this.#up.delete(row);
    this.#save(row);
  }

  #touched(row: Row): void {
    this.#alarm(row);
    this.#save(row);
  }

  #alarm({ of, tally, callId }: Row): void {
    const { terms, clock, journal, onAlarm } = this.#parts;
    const at = clock.now();
    for (const { level, ...reached } of tally.crossed(of.user === null ? terms.trunk : terms.user, at)) {
      const alarm: SpendingAlarm = { ...of, state: level === 2 ? 'stopped' : 'warning', ...reached };
      journal.record({ kind: 'alarm', callId, at, ...alarm });
      onAlarm(alarm);
    }
  }

  /** Minutes pass without anybody calling. */
  #watch(): void {
    const { clock, terms } = this.#parts;
    if (this.#looking || this.#up.size === 0 || !limitsLasting({ ...terms.trunk, ...terms.user })) return;
    this.#looking = clock.after(LOOK_EVERY, () => {
      this.#looking = null;
      for (const row of this.#up) this.#alarm(row);
      this.#watch();
    });
  }

  #save(row: Row): void {
    const { store, clock } = this.#parts;
    if (!store) return;
    this.#changed.set(keyOf(row.of), row);
    this.#saving ??= clock.after(SAVE_AFTER, () => this.#flush());
  }

  #flush(): void {
    const pause = this.#write(firstOf(this.#changed.values(), ROWS_AT_ONCE)) ? NEXT_ROWS_AFTER : SAVE_AFTER;
    this.#saving = this.#changed.size > 0 ? this.#parts.clock.after(pause, () => this.#flush()) : null;
  }

  /** False when it failed: then it is tried again. */
  #write(changed: readonly Row[]): boolean {
    const { store, onError } = this.#parts;
    if (!store || changed.length === 0) return true;
    for (const { of } of changed) this.#changed.delete(keyOf(of));
    const rows = changed.map(({ of, tally }) => ({ of, state: this.#rows.has(keyOf(of)) ? tally.state : null }));
    try {
      store.save(rows);
    } catch (error) {
      // It counts in memory all the same.
      onError(error);
      for (const row of changed) this.#changed.set(keyOf(row.of), row);
      return false;
    }
    return true;
  }
}

/** Whether a call to it counts: the checks let nothing but a full number through, emergency numbers excepted. */
export function isPaid(called: string | null): boolean {
  return called?.startsWith('+') ?? false;
}

function stateOf(used: number, limit: number | null): 'unlimited' | 'below' | 'warning' | 'stopped' {
  if (limit === null) return 'unlimited';
  if (used >= limit) return 'stopped';
  return used * 2 >= limit ? 'warning' : 'below';
}

function minutesOf({ measures }: { measures: readonly { measure: Measure; used: number }[] }): number {
  return measures.find(({ measure }) => measure === 'minutes')?.used ?? 0;
}

/** A line end is in no name. */
function keyOf({ trunk, user }: Spender): string {
  return user === null ? trunk : `${trunk}\n${user}`;
}
