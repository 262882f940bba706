import type { RuleReference } from './rule.ts';

/** How a leg of a call ended, as far as is known. */
export interface LegOutcome {
  /** `answered`: a 2xx came, and the leg has ended since. */
  readonly kind: 'answered' | 'busy' | 'no-answer' | 'failed' | 'canceled';
  /** The final SIP status; null when nothing answered. */
  readonly status: number | null;
  /** Milliseconds from the answer to the end; 0 when there was no answer. */
  readonly talked: number;
}

/** Someone an application wants on the line. */
export type Party =
  /** An E.164 number, judged by the account's rules and sent to the carriers. */
  | { readonly kind: 'number'; readonly number: string; readonly headers?: LegHeaders }
  /** A SIP URI: a registered user of one of our trunks, or a place elsewhere. `username`/`password` answer its challenge. */
  | {
      readonly kind: 'sip';
      readonly uri: string;
      readonly username?: string;
      readonly password?: string;
      readonly headers?: LegHeaders;
    };

/** Headers of one leg's INVITE, besides those of the whole wish. */
type LegHeaders = readonly (readonly [name: string, value: string])[];

/** A wish for other parties: the first that answers is connected. */
export interface DialWish {
  /** All ring at once; with `sequential` one after the other. */
  readonly parties: readonly Party[];
  readonly sequential: boolean;
  /** What the called side sees; null: as the caller shows it. */
  readonly callerId: string | null;
  /** Milliseconds to ring. */
  readonly timeout: number;
  /** Milliseconds that the connected call may last; null: as long as it likes. */
  readonly longest: number | null;
  /** The caller is answered only when a party is; else the caller must be answered before dialling. */
  readonly answerOnBridge: boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** `relay`: media runs through us; `direct`: a re-INVITE joins the ends and no media runs through us. */
  readonly media: 'relay' | 'direct';
  /** The caller hears what the called side says before it answers: its network's ringing, an announcement. */
  readonly earlyMedia?: boolean;
  /**
   * Talks to a party that has answered, before it is connected; whoever else is called rings on. Resolves whether it is
   * to be connected: else it is hung up, and counts as answered.
   */
  readonly prepare?: (party: Party, called: ControlledCall) => Promise<boolean>;
  /** Progress of each party's leg, for status callbacks. */
  readonly onProgress?: (progress: {
    party: Party;
    leg: string;
    /** `early-media`: the caller hears it, though it has not answered. */
    state: 'initiated' | 'ringing' | 'early-media' | 'answered' | 'completed';
    /** With `completed`: how this leg ended. */
    outcome?: LegOutcome;
  }) => void;
}

/** What the caller has to key before the call goes on: a code of one of these sets. */
export interface CodeQuestion {
  /** Names of the sets, as the rulebook has them (PermissionPlan.codeSets). */
  readonly codeSets: readonly string[];
  /** What the code is for: E.164, or digits where there is none. */
  readonly number: string;
  /** LineEntry.id of the caller; null where none is known. */
  readonly line: string | null;
}

/** A key that was pressed: RFC 4733 event, SIP INFO or in-band tone, whichever came. */
export type DtmfDigit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | 'A' | 'B' | 'C' | 'D';

/** Linear PCM, 8,000 samples a second, one channel. */
export type Pcm = Int16Array;

/**
 * A call that the gate itself answers for: an application (a vendor's script, an attendant) says what happens to it.
 * Every method but `hangUp` rejects with CallGone once the caller has gone. One instance for each call.
 */
export interface ControlledCall {
  /** Our name of the call: the id of its Decision. */
  readonly id: string;
  /** The SIP Call-ID of the caller's leg. */
  readonly callId: string;
  /** `inbound`: a call that came and was admitted; `outbound`: one that an application placed. */
  readonly direction: 'inbound' | 'outbound';
  readonly trunk: string;
  readonly account: string;
  /** What the caller shows, after the account's rules: E.164 or a SIP URI. */
  readonly from: string;
  /** Whom the caller asked for, as a SIP URI. */
  readonly to: string;
  /** The name the caller authenticated with; null where the source alone decided. */
  readonly username: string | null;
  /** Address that the call came from. */
  readonly source: string;
  /** The caller's `X-` headers and User-to-User, lower case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** Set where a permission asks for a code; null for any other call. */
  readonly code: CodeQuestion | null;
  readonly state: 'ringing' | 'answered' | 'ended';
  /** Aborts when the call has ended, whoever ended it. */
  readonly gone: AbortSignal;
  /** Resolves with the outcome once it has ended. */
  readonly ended: Promise<LegOutcome>;
  ring(): void;
  /**
   * 183 with our media before an answer, where the caller says that it takes some (RFC 5009, RFC 3262); resolves whether
   * the caller can be played to now.
   */
  progress(): Promise<boolean>;
  /** 200 with our media; does nothing when it is answered already. */
  answer(): Promise<void>;
  /** Final refusal before an answer; after one a BYE. `reason` is for the journal and a Reason header. */
  reject(status: number, reason?: string): void;
  hangUp(): void;
  /** Plays to the end or to the abort; resolves whether it came to the end. Needs an answered call, or one in progress. */
  play(audio: Pcm | AsyncIterable<Pcm>, stop?: AbortSignal): Promise<boolean>;
  /** Keys from now on, until the abort; keys pressed before are not there. */
  keys(stop: AbortSignal): AsyncIterable<DtmfDigit>;
  /** Resolves when the connected party hung up, nobody answered, or the time is over; the caller stays on the line. */
  dial(wish: DialWish, stop?: AbortSignal): Promise<LegOutcome>;
  /** A line in the journal of this call: what the application did, and why. Never secrets, never keyed codes. */
  note(text: string, rule?: RuleReference): void;
}

/** The call has ended: whatever was wanted of it cannot be. */
export class CallGone extends Error {
  override name = 'CallGone';
}

/** What answers for the calls of a trunk whose termination names it (Termination.application). */
export interface CallApplication {
  /** Whether transfers (REFER) go between the ends that it joins; they are refused when absent. The edge judges them. */
  readonly transfers?: boolean;
  /** Called once for each call; when the promise settles and the call lives, it is hung up. A rejection is a fault of ours: 500. */
  handle(call: ControlledCall, application: string): Promise<void>;
}

/** Places calls on an application's behalf, as the vendors' "create a call" operations do. */
export interface CallPlacer {
  /** Resolves at once; `state` tells of the rest. `trunk` or account rules decide whether it may be placed. */
  place(wish: {
    readonly account: string;
    readonly from: string;
    readonly to: Party;
    /** Milliseconds to ring. */
    readonly timeout: number;
    readonly headers: readonly (readonly [name: string, value: string])[];
    /** Answered: the application takes over. */
    readonly onAnswer: (call: ControlledCall) => Promise<void>;
    readonly onProgress?: (state: 'initiated' | 'ringing' | 'answered' | 'completed') => void;
  }): ControlledCall;
}
