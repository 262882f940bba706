import type { Destination } from './destination.ts';
import type { ControlledCall, DialWish, LegOutcome, Party } from '../../../rulebook/call-control.ts';
import type { CallBook, LiveCall } from '../calls/book.ts';
import { silence, tonesOf } from './audio/tones.ts';
import { finish, StatusCallbacks, type CallbackWish, type Callbacks } from './status-callbacks.ts';

/** Someone whom a Dial calls. */
export interface DialTarget {
  /** As the script writes it, for the record. */
  readonly to: string;
  readonly party: Party;
  readonly callback: CallbackWish | null;
  /** Keys that it is sent when it has answered. */
  readonly sendDigits: string | null;
  /** A document for it alone, before it is connected. */
  readonly before: Destination | null;
}

/** What the legs of a call are kept with. */
export interface LegKeeper {
  readonly book: CallBook;
  readonly callbacks: Callbacks;
  readonly parent: LiveCall;
  readonly note: (text: string) => void;
  /** Carries out a document on a leg, before that is connected; resolves whether it is to be. */
  readonly prepare: (call: ControlledCall, leg: LiveCall, before: Destination) => Promise<boolean>;
}

interface Leg {
  readonly call: LiveCall;
  readonly callbacks: StatusCallbacks;
  readonly target: DialTarget | undefined;
  answered: boolean;
  connected: boolean;
}

type Progress = Parameters<NonNullable<DialWish['onProgress']>>[0];

/** Who answers a telephone needs a moment before keys are heard. */
const MS_BEFORE_KEYS = 500;

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
  readonly #joined = new AbortController();

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
      leg.callbacks.tell('answered');
      if (!leg.target || !hasMore(leg.target)) this.#connect(leg);
    }
    if (state === 'completed') this.#end(leg, outcome ?? null);
  }

  /** What is for a party alone once it has answered; absent when none of the targets has such. */
  get prepare(): DialWish['prepare'] {
    if (!this.#targets.some(hasMore)) return undefined;
    return async (party, called) => {
      const leg = this.#legs.get(called.callId) ?? this.#open(called.callId, party);
      const { sendDigits = null, before = null } = leg.target ?? {};
      if (sendDigits !== null) {
        await called.play(silence(MS_BEFORE_KEYS));
        await called.play(tonesOf(sendDigits));
      }
      const wanted = before === null || (await this.#keeper.prepare(called, leg.call, before));
      if (wanted) this.#connect(leg);
      return wanted;
    };
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

  /** Aborts when one is about to be connected with the caller. */
  get joined(): AbortSignal {
    return this.#joined.signal;
  }

  /** Whether one was connected with the caller. */
  get connected(): boolean {
    return [...this.#legs.values()].some((leg) => leg.connected);
  }

  /** Whether somebody answered, and nobody was connected. */
  get declined(): boolean {
    return !this.connected && [...this.#legs.values()].some(({ answered }) => answered);
  }

  /** The SID of the leg that was connected, else of the last that was tried; null when there was none. */
  get sid(): string | null {
    const legs = [...this.#legs.values()];
    const best = legs.find(({ connected }) => connected) ?? legs.find(({ answered }) => answered) ?? legs.at(-1);
    return best?.call.sid ?? null;
  }

  #connect(leg: Leg): void {
    leg.connected = true;
    this.#joined.abort();
    // Who waited for this answer has one now.
    this.#keeper.parent.becomes('in-progress');
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
      target,
      answered: false,
      connected: false,
    };
    this.#legs.set(name, leg);
    return leg;
  }
}

/** Whether there is something for the party alone, before it is connected. */
function hasMore({ sendDigits, before }: DialTarget): boolean {
  return sendDigits !== null || before !== null;
}
