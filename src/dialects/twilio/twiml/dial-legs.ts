import type { DialWish, LegOutcome, Party } from '../../../rulebook/call-control.ts';
import type { CallBook, LiveCall } from '../calls/book.ts';
import { finish, StatusCallbacks, type CallbackWish, type Callbacks } from './status-callbacks.ts';

/** Someone whom a Dial calls. */
export interface DialTarget {
  /** As the script writes it, for the record. */
  readonly to: string;
  readonly party: Party;
  readonly callback: CallbackWish | null;
}

/** What the legs of a call are kept with. */
export interface LegKeeper {
  readonly book: CallBook;
  readonly callbacks: Callbacks;
  readonly parent: LiveCall;
  readonly note: (text: string) => void;
}

interface Leg {
  readonly call: LiveCall;
  readonly callbacks: StatusCallbacks;
  answered: boolean;
}

type Progress = Parameters<NonNullable<DialWish['onProgress']>>[0];

const LOST: LegOutcome = { kind: 'no-answer', status: null, talked: 0 };

/** The legs of one Dial as calls of their own: SIDs, records, status callbacks. */
export class DialLegs {
  /** Each target's party, with the header that tells its leg's SID. */
  readonly parties: readonly Party[];
  readonly #keeper: LegKeeper;
  readonly #targets: readonly DialTarget[];
  readonly #from: string;
  readonly #sids: (string | null)[];
  readonly #legs = new Map<string, Leg>();
  readonly #hungUp = new AbortController();

  constructor(keeper: LegKeeper, targets: readonly DialTarget[], callerId: string | null) {
    this.#keeper = keeper;
    this.#targets = targets;
    this.#from = callerId ?? keeper.parent.record.from;
    this.#sids = targets.map(() => keeper.book.newSid());
    this.parties = targets.map(({ party }, index) => {
      const own = ['X-Twilio-CallSid', this.#sids[index] ?? ''] as const;
      return { ...party, headers: [...(party.headers ?? []), own] };
    });
  }

  /** Takes the news of a leg. */
  progress({ party, leg: name, state, outcome }: Progress): void {
    const leg = this.#legs.get(name) ?? this.#open(name, party);
    if (state === 'initiated') leg.callbacks.tell('initiated');
    if (state === 'ringing') {
      leg.call.becomes('ringing');
      leg.callbacks.tell('ringing');
    }
    if (state === 'answered') {
      leg.answered = true;
      leg.call.becomes('in-progress');
      // Who waited for this answer has one now.
      this.#keeper.parent.becomes('in-progress');
      leg.callbacks.tell('answered');
    }
    if (state === 'completed') this.#end(leg, outcome ?? null);
  }

  /** The Dial is over: legs that were not heard to end have ended. */
  close(outcome: LegOutcome): void {
    const alone = this.#legs.size === 1;
    for (const leg of this.#legs.values()) this.#end(leg, leg.answered || alone ? outcome : null);
  }

  /** Aborts when the API has a leg hung up, which ends the Dial. */
  get hungUp(): AbortSignal {
    return this.#hungUp.signal;
  }

  /** Whether one was answered. */
  get connected(): boolean {
    return [...this.#legs.values()].some(({ answered }) => answered);
  }

  /** The SID of the leg that was connected, else of the last that was tried; null when there was none. */
  get sid(): string | null {
    const legs = [...this.#legs.values()];
    return (legs.find(({ answered }) => answered) ?? legs.at(-1))?.call.sid ?? null;
  }

  #end(leg: Leg, outcome: LegOutcome | null): void {
    const talked: LegOutcome = { kind: 'answered', status: 200, talked: outcome?.talked ?? 0 };
    finish(leg.call, leg.callbacks, leg.answered ? talked : (outcome ?? LOST));
  }

  #open(name: string, party: Party): Leg {
    const { book, callbacks, parent, note } = this.#keeper;
    const index = Math.max(0, this.parties.indexOf(party));
    const target = this.#targets[index];
    // A second leg to the same party, such as another telephone of a user, is a call of its own.
    const sid = this.#sids[index] ?? book.newSid();
    this.#sids[index] = null;
    const to = target?.to ?? '';
    const call = book.open({ from: this.#from, to, direction: 'outbound-dial', parent_call_sid: parent.sid }, sid);
    call.control = { redirect: null, hangUp: () => this.#hungUp.abort() };
    const leg = {
      call,
      callbacks: new StatusCallbacks(target?.callback ?? null, callbacks, call, note),
      answered: false,
    };
    this.#legs.set(name, leg);
    return leg;
  }
}
