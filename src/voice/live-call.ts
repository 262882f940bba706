import { CallGone } from '../rulebook/call-control.ts';
import type { ControlledCall, DialWish, DtmfDigit, LegOutcome, Party, Pcm } from '../rulebook/call-control.ts';
import type { RuleReference } from '../rulebook/rule.ts';
import type { PassOn, Session } from '../exchange/session.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { dial } from './dial.ts';
import { keyOfInfo } from './keys/info-key.ts';
import { KeyFeed } from './keys/key-feed.ts';
import type { Leg, LegParts } from './leg.ts';
import type { LineMedia } from './media/line-media.ts';
import { refusalOutcome } from './outcomes.ts';
import { Referrals } from './referrals.ts';

/** Lines of an application in the journal of one call; further ones are left out. */
const MOST_NOTES = 500;

/** Characters of one such line. */
const LONGEST_NOTE = 500;

/** Milliseconds that a call may ring before somebody has to answer it. */
const LONGEST_RING = 180_000;

/** Milliseconds of silence, no packet and no key, after which the caller is asked whether it is still there. */
const SILENCE = 60_000;

/** Who a call is between, and by which rules. */
export interface CallIdentity extends Pick<
  ControlledCall,
  'id' | 'callId' | 'direction' | 'trunk' | 'account' | 'from' | 'to' | 'username' | 'source' | 'headers' | 'code'
> {
  /** The caller's number, when the telephone network vouches for it. */
  readonly vouched: string | null;
}

/** The line to the one whose call it is. */
export interface CallLine {
  readonly media: LineMedia;
  readonly session: Session | undefined;
  ring(): void;
  /** Media before an answer; resolves whether the caller takes it. `anyhow`: though it does not say that it would. */
  progress(anyhow: boolean): Promise<boolean>;
  answer(): Promise<void>;
  /** Ends it: `status` before an answer, BYE after one. */
  end(status: number, headers: readonly (readonly [name: string, value: string])[]): void;
}

/** What a leg is opened with. */
export interface CalledSide {
  readonly onRinging: LegParts['onRinging'];
  /** Takes the keys of the party. */
  readonly keys: KeyFeed;
}

export interface LiveCallParts {
  readonly identity: CallIdentity;
  readonly clock: Clock;
  readonly keys: KeyFeed;
  readonly gone: AbortController;
  readonly record: (text: string, rule?: RuleReference) => void;
  /** Takes a fault that nobody waits for. */
  readonly crashed: (error: unknown) => void;
  /** Whether transfers go between the caller and the one whom it is joined with. */
  readonly transfers: boolean;
  readonly openLeg: (call: LiveCall, wish: DialWish, party: Party, side: CalledSide) => Leg;
}

/** A call that an application controls. */
export class LiveCall implements ControlledCall {
  readonly id: string;
  readonly callId: string;
  readonly direction: 'inbound' | 'outbound';
  readonly trunk: string;
  readonly account: string;
  readonly from: string;
  readonly to: string;
  readonly username: string | null;
  readonly vouched: string | null;
  readonly source: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly code: ControlledCall['code'];
  readonly ended: Promise<LegOutcome>;
  readonly #parts: LiveCallParts;
  readonly #ended = Promise.withResolvers<LegOutcome>();
  #line: CallLine | undefined;
  #state: 'ringing' | 'answered' | 'ended' = 'ringing';
  #answeredAt = 0;
  #rejected: number | null = null;
  #answering: Promise<void> | null = null;
  /** It hears us though it is not answered. */
  #early = false;
  #joined: Leg | null = null;
  readonly #referrals = new Referrals();
  #notes = 0;
  #timer: Timer;

  constructor(parts: LiveCallParts) {
    const { identity, clock } = parts;
    this.#parts = parts;
    this.id = identity.id;
    this.callId = identity.callId;
    this.direction = identity.direction;
    this.trunk = identity.trunk;
    this.account = identity.account;
    this.from = identity.from;
    this.to = identity.to;
    this.username = identity.username;
    this.vouched = identity.vouched;
    this.source = identity.source;
    this.headers = identity.headers;
    this.code = identity.code;
    this.ended = this.#ended.promise;
    this.#timer = clock.after(LONGEST_RING, () => this.reject(480, 'nobody answered'));
  }

  get state(): 'ringing' | 'answered' | 'ended' {
    return this.#state;
  }

  get transfers(): boolean {
    return this.#parts.transfers;
  }

  get gone(): AbortSignal {
    return this.#parts.gone.signal;
  }

  /** The line that it is on, once that is there. */
  attach(line: CallLine): void {
    this.#line = line;
  }

  ring(): void {
    if (this.#state === 'ringing') this.#line?.ring();
  }

  progress(): Promise<boolean> {
    return this.#progress(false);
  }

  answer(): Promise<void> {
    if (this.#state === 'ended') return Promise.reject(new CallGone());
    if (this.#state === 'answered') return Promise.resolve();
    this.#answering ??= this.#answer();
    return this.#answering;
  }

  reject(status: number, reason?: string): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'ringing') this.#rejected = status;
    if (reason !== undefined) this.note(`refuses the call with ${status}: ${reason}`);
    const headers = reason === undefined ? [] : [['Reason', `SIP;cause=${status};text="${quotable(reason)}"`] as const];
    this.#line?.end(status, headers);
  }

  hangUp(): void {
    if (this.#state !== 'ended') this.#line?.end(480, []);
  }

  async play(audio: Pcm | AsyncIterable<Pcm>, stop?: AbortSignal): Promise<boolean> {
    const line = this.#early ? this.#mustLive() : this.#mustBeAnswered('play');
    const complete = await line.media.play(audio, this.#until(stop));
    this.#mustLive();
    return complete;
  }

  keys(stop: AbortSignal): AsyncIterable<DtmfDigit> {
    this.#mustLive();
    return this.#parts.keys.keys(stop);
  }

  async dial(wish: DialWish, stop?: AbortSignal): Promise<LegOutcome> {
    const { clock, openLeg, crashed } = this.#parts;
    const line = wish.answerOnBridge ? this.#mustLive() : this.#mustBeAnswered('dial');
    if (this.#joined) throw new Error('the caller is joined with somebody already');
    const sides = new Map<Leg, Pick<LiveCallParts, 'keys' | 'gone'>>();
    const outcome = await dial(
      {
        clock,
        end: { media: line.media, session: () => line.session, early: () => this.#early && this.#state === 'ringing' },
        gone: this.gone,
        answer: () => this.answer(),
        ring: () => this.ring(),
        // What the called side says is passed on, as by a proxy, to whoever called.
        progress: () => this.#progress(true),
        note: (text) => this.note(text),
        crashed,
        openLeg: (party, onRinging) => {
          const gone = new AbortController();
          const keys = new KeyFeed(gone.signal);
          const leg = openLeg(this, wish, party, { onRinging, keys });
          sides.set(leg, { keys, gone });
          return leg;
        },
        prepare: async (leg, party) => {
          const side = sides.get(leg);
          return !wish.prepare || !side || this.#prepare({ leg, party, side }, wish.prepare);
        },
        joined: (leg) => {
          this.#joined = leg;
        },
      },
      wish,
      this.#until(stop),
    );
    this.#mustLive();
    return outcome;
  }

  note(text: string, rule?: RuleReference): void {
    this.#notes += 1;
    if (this.#notes > MOST_NOTES) return;
    const line = this.#notes === MOST_NOTES ? 'no more of this is written down' : text.slice(0, LONGEST_NOTE);
    this.#parts.record(line, rule);
  }

  // What the line tells.

  /** An INFO came: a key for us, and whatever it is for the one whom the caller is joined with. */
  informed(request: SipRequest): void {
    const key = keyOfInfo(request);
    if (key !== undefined) this.#line?.media.keyByInfo(key);
    passInfo(request, this.#joined?.session);
  }

  /** An INFO of the one whom the caller is joined with. */
  informedBy(leg: Leg, request: SipRequest): void {
    const key = keyOfInfo(request);
    if (key !== undefined) leg.media.keyByInfo(key);
    if (this.#joined === leg) passInfo(request, this.#line?.session);
  }

  /** A transfer of the caller, or what is told of one: for the one whom the caller is joined with. */
  referred(request: SipRequest): ReturnType<PassOn> {
    const [own, leg] = [this.#line?.session, this.#joined];
    return own && leg?.session && this.#referrals.pass(request, own, { session: leg.session, headers: [leg.pass] });
  }

  /** The same of the one whom the caller is joined with. */
  referredBy(leg: Leg, request: SipRequest): ReturnType<PassOn> {
    const own = this.#line?.session;
    if (!own || !leg.session || this.#joined !== leg) return undefined;
    return this.#referrals.pass(request, leg.session, { session: own, headers: [] });
  }

  /** It was answered: by us, or by whom we called. */
  wasAnswered(): void {
    if (this.#state !== 'ringing') return;
    this.#state = 'answered';
    this.#answeredAt = this.#parts.clock.now();
    this.#watch(SILENCE);
  }

  /** It is over. `outcome`: what came of a call of ours that nobody answered. */
  wasEnded(outcome?: LegOutcome): void {
    if (this.#state === 'ended') return;
    const talked = this.#state === 'answered' ? this.#parts.clock.now() - this.#answeredAt : 0;
    const answered = this.#state === 'answered';
    this.#state = 'ended';
    this.#timer.cancel();
    const given = this.#rejected === null ? { kind: 'canceled' as const, status: 487 } : refusalOutcome(this.#rejected);
    this.#ended.resolve(answered ? { kind: 'answered', status: 200, talked } : (outcome ?? { ...given, talked }));
    this.#parts.gone.abort();
  }

  async #progress(anyhow: boolean): Promise<boolean> {
    const line = this.#mustLive();
    if (this.#state === 'ringing') this.#early = await line.progress(anyhow);
    this.#mustLive();
    return this.#state === 'answered' || this.#early;
  }

  async #answer(): Promise<void> {
    const line = this.#mustLive();
    await line.answer();
    if (line.session?.confirmed) this.wasAnswered();
    // A caller whose offer is not for us was refused, and has gone.
    this.#mustLive();
  }

  /** Lets the application talk to a party that has answered, as to a call of its own. */
  async #prepare(
    { leg, party, side }: { leg: Leg; party: Party; side: Pick<LiveCallParts, 'keys' | 'gone'> },
    prepare: NonNullable<DialWish['prepare']>,
  ): Promise<boolean> {
    const { id, trunk, account, from, source } = this;
    const to = party.kind === 'number' ? party.number : party.uri;
    const called = new LiveCall({
      ...this.#parts,
      ...side,
      identity: {
        id,
        trunk,
        account,
        from,
        to,
        source,
        callId: leg.callId,
        direction: 'outbound',
        username: null,
        code: null,
        vouched: null,
        headers: new Map(),
      },
      openLeg: () => {
        throw new Error('a party that is called calls nobody');
      },
    });
    called.attach({
      media: leg.media,
      get session() {
        return leg.session;
      },
      ring: () => {},
      progress: async () => false,
      answer: async () => {},
      end: () => leg.end(),
    });
    called.wasAnswered();
    void leg.ended.then((outcome) => called.wasEnded(outcome));
    try {
      return (await prepare(party, called)) && called.state === 'answered';
    } catch (error) {
      if (!(error instanceof CallGone)) this.#parts.crashed(error);
      return false;
    } finally {
      // The party stays; the application has said what it had to say to it alone.
      called.wasEnded();
    }
  }

  #watch(delay: number): void {
    this.#timer.cancel();
    this.#timer = this.#parts.clock.after(delay, () => {
      this.#checkLife().catch(() => this.hangUp());
    });
  }

  /** A caller that says nothing may listen, or be gone without a word: its telephone knows. */
  async #checkLife(): Promise<void> {
    const line = this.#line;
    if (this.#state !== 'answered' || !line?.session) return;
    const silent = this.#parts.clock.now() - line.media.heardAt;
    if (silent < SILENCE) return this.#watch(SILENCE - silent);
    const status = await line.session.ask('OPTIONS');
    if (status !== 408 && status !== 481) return this.#watch(SILENCE);
    this.note(`the caller is gone: it answers with ${status}`);
    this.hangUp();
  }

  #until(stop: AbortSignal | undefined): AbortSignal {
    return stop ? AbortSignal.any([stop, this.gone]) : this.gone;
  }

  #mustLive(): CallLine {
    if (this.#state === 'ended' || !this.#line) throw new CallGone();
    return this.#line;
  }

  #mustBeAnswered(what: string): CallLine {
    const line = this.#mustLive();
    if (this.#state !== 'answered') throw new Error(`${what} needs an answered call`);
    return line;
  }
}

function passInfo({ headers, body }: SipRequest, session: Session | undefined): void {
  void session?.ask('INFO', { type: headers.get('content-type') ?? '', text: body.toString('utf8') });
}

/** Text between quotation marks (RFC 3261 §25.1), kept short. */
function quotable(text: string): string {
  return text.slice(0, 100).replaceAll(/["\\\r\n]/g, ' ');
}
