import type { Clock, Timer } from '../kit/clock.ts';
import { firstOf } from '../kit/first.ts';
import { ALONE, FIRST, threadOf, type Peers } from '../kit/peers.ts';
import type { HeldCall } from './held-call.ts';

/** Milliseconds that changes wait for company before they are written: a call over by then is never written. */
const SAVE_AFTER = 1000;

/** Calls written in one go: others wait for it. */
const CALLS_AT_ONCE = 100;

/** Milliseconds until the next. */
const NEXT_CALLS_AFTER = 10;

/** Milliseconds without a gate after which the end of a call may have gone unheard: the repeats of a BYE, timer F, and a look. */
const UNHEARD_AFTER = 37_000;

/** Keeps answered calls over a restart. Nobody waits for it. */
export interface CallStore {
  /** `seen`: when the gate was last there, milliseconds since the epoch. */
  load(): { seen: number; calls: (readonly [key: string, call: HeldCall])[] };
  /** Writes what changed in one go; null removes. */
  save(changes: readonly (readonly [key: string, call: HeldCall | null])[], seen: number): void;
  close(): void;
}

interface StandingCallsParts {
  readonly peers?: Peers;
  readonly clock: Clock;
  readonly store: CallStore | null;
  /** The call as it is now; undefined when it is over. */
  readonly call: (key: string) => HeldCall | undefined;
  readonly onError: (error: unknown) => void;
}

/** Writes down which calls are answered, off their path, so that a gate that starts again counts and ends them still. */
export class StandingCalls {
  readonly #parts: StandingCallsParts;
  /** What is not written yet; no more than there are calls, and those that ended since. */
  readonly #changed = new Set<string>();
  readonly #written = new Set<string>();
  #timer: Timer | null = null;

  constructor(parts: StandingCallsParts) {
    this.#parts = parts;
  }

  /**
   * The calls that were answered before, in the order of their answers, and which thread has them now. After a long
   * absence some may have ended unheard: then they are ended in time, but take nobody's place and cost nothing.
   */
  load(): (readonly [key: string, call: HeldCall, thread: number])[] {
    const { store, clock, peers = ALONE } = this.#parts;
    if (!store) return [];
    const { seen, calls } = store.load();
    const ownerOf = ({ callId, atBorder }: HeldCall): number =>
      atBorder === true ? FIRST : threadOf(callId, peers.count);
    for (const [key, call] of calls) if (ownerOf(call) === peers.self) this.#written.add(key);
    const unheard = clock.now() - seen > UNHEARD_AFTER;
    return calls
      .toSorted(([, a], [, b]) => a.answeredAt - b.answeredAt)
      .map(([key, call]) => {
        const counted = unheard ? { ...call, trunks: [], spender: null, guestOf: null } : call;
        return [key, counted, ownerOf(call)] as const;
      });
  }

  /** An answered call is new, different or over. */
  changed(key: string): void {
    const { store, clock } = this.#parts;
    if (!store) return;
    this.#changed.add(key);
    this.#timer ??= clock.after(SAVE_AFTER, () => this.#writeSome());
  }

  /** The gate is there. */
  seen(): void {
    this.#write([]);
  }

  close(): void {
    this.#timer?.cancel();
    if (this.#changed.size + this.#written.size > 0) this.#write([...this.#changed]);
    this.#parts.store?.close();
  }

  #writeSome(): void {
    const pause = this.#write(firstOf(this.#changed, CALLS_AT_ONCE)) ? NEXT_CALLS_AFTER : SAVE_AFTER;
    this.#timer = this.#changed.size > 0 ? this.#parts.clock.after(pause, () => this.#writeSome()) : null;
  }

  /** False when it failed: then it is tried again. */
  #write(keys: readonly string[]): boolean {
    const { store, clock, call, onError } = this.#parts;
    if (!store) return true;
    for (const key of keys) this.#changed.delete(key);
    const changes = keys
      .map((key) => [key, call(key) ?? null] as const)
      .filter(([key, now]) => now !== null || this.#written.has(key));
    try {
      store.save(changes, clock.now());
    } catch (error) {
      // They are counted and ended all the same, until the next start.
      onError(error);
      for (const key of keys) this.#changed.add(key);
      return false;
    }
    for (const [key, now] of changes) {
      if (now) this.#written.add(key);
      else this.#written.delete(key);
    }
    return true;
  }
}
