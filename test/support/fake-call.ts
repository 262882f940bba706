import { CallGone } from '../../src/rulebook/call-control.ts';
import type { ControlledCall, DialWish, DtmfDigit, LegOutcome, Party, Pcm } from '../../src/rulebook/call-control.ts';
import type { RuleReference } from '../../src/rulebook/rule.ts';
import { KeyFeed } from '../../src/voice/keys/key-feed.ts';

/** What became of one thing that the application did, in the order it did them. */
export type Deed =
  | { readonly kind: 'ring' }
  | { readonly kind: 'progress' }
  | { readonly kind: 'answer' }
  | { readonly kind: 'reject'; readonly status: number; readonly reason: string | undefined }
  | { readonly kind: 'hangUp' }
  | { readonly kind: 'play'; readonly samples: number; readonly complete: boolean }
  | { readonly kind: 'dial'; readonly wish: DialWish; readonly outcome: LegOutcome }
  | { readonly kind: 'note'; readonly text: string; readonly rule: RuleReference | undefined };

export const ANSWERED: LegOutcome = { kind: 'answered', status: 200, talked: 1000 };
export const BUSY: LegOutcome = { kind: 'busy', status: 486, talked: 0 };
export const NO_ANSWER: LegOutcome = { kind: 'no-answer', status: 408, talked: 0 };

/** How a FakeCall is, where it matters to a test. */
export interface FakeCallOptions {
  readonly id: string;
  readonly callId: string;
  readonly direction: 'inbound' | 'outbound';
  readonly trunk: string;
  readonly account: string;
  readonly from: string;
  readonly to: string;
  readonly username: string | null;
  readonly source: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly code: ControlledCall['code'];
  /** Whether it is answered from the start, as an outbound call is. */
  readonly answered: boolean;
  /** Whether the caller takes media before an answer. */
  readonly early: boolean;
  /** What a dial comes to: a function, or the outcomes one after the other (the last one stays). */
  readonly dialled: readonly LegOutcome[] | ((wish: DialWish, stop: AbortSignal) => LegOutcome | Promise<LegOutcome>);
  /** Audio lasts until `endAudio` instead of no time at all. */
  readonly slowAudio: boolean;
}

/**
 * A call without a telephone, for unit tests of applications: it does at once what it is told, writes it down in
 * `deeds`, and the test is the caller who presses keys and hangs up.
 */
export class FakeCall implements ControlledCall {
  readonly id: string;
  readonly callId: string;
  readonly direction: 'inbound' | 'outbound';
  readonly trunk: string;
  readonly account: string;
  readonly from: string;
  readonly to: string;
  readonly username: string | null;
  readonly source: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly code: ControlledCall['code'];
  readonly ended: Promise<LegOutcome>;
  /** Everything the application did. */
  readonly deeds: Deed[] = [];
  readonly #end = Promise.withResolvers<LegOutcome>();
  readonly #gone = new AbortController();
  readonly #feed = new KeyFeed(this.#gone.signal);
  readonly #dialled: (wish: DialWish, stop: AbortSignal) => LegOutcome | Promise<LegOutcome>;
  readonly #slowAudio: boolean;
  readonly #takesEarly: boolean;
  #early = false;
  readonly #changed = new EventTarget();
  #endAudio: (() => void) | null = null;
  #state: 'ringing' | 'answered' | 'ended';

  constructor(options: Partial<FakeCallOptions> = {}) {
    this.id = options.id ?? '0123456789abcdef';
    this.callId = options.callId ?? 'fake-call@test';
    this.direction = options.direction ?? 'inbound';
    this.trunk = options.trunk ?? 'test:one';
    this.account = options.account ?? 'test:account';
    this.from = options.from ?? '+12065550100';
    this.to = options.to ?? 'sip:app@one.example';
    this.username = options.username ?? null;
    this.source = options.source ?? '198.51.100.7';
    this.headers = options.headers ?? new Map();
    this.code = options.code ?? null;
    this.ended = this.#end.promise;
    this.#state = options.answered || options.direction === 'outbound' ? 'answered' : 'ringing';
    this.#takesEarly = options.early ?? false;
    this.#slowAudio = options.slowAudio ?? false;
    this.#dialled = dialledBy(options.dialled ?? [NO_ANSWER]);
  }

  get state(): 'ringing' | 'answered' | 'ended' {
    return this.#state;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The notes in the journal. */
  get notes(): string[] {
    return this.deeds.flatMap((deed) => (deed.kind === 'note' ? [deed.text] : []));
  }

  /** Whether some part of the application waits for keys. */
  get listens(): boolean {
    return this.#feed.heard;
  }

  /** Whether audio is playing (`slowAudio`). */
  get plays(): boolean {
    return this.#endAudio !== null;
  }

  /** Resolves once `holds` does; asked again after each thing that the application does. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => this.#changed.addEventListener('change', resolve, { once: true }));
  }

  // The caller.

  /** The caller presses keys, one after the other, as soon as somebody listens. */
  async press(digits: string): Promise<void> {
    for (const digit of digits) {
      await this.until(() => this.listens);
      this.#feed.press(digit as DtmfDigit);
      // The application takes the key before the next one is pressed.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The audio that is playing comes to its end. */
  endAudio(): void {
    this.#endAudio?.();
  }

  /** The caller hangs up. */
  leave(): void {
    this.#finish(this.#state === 'answered' ? 'answered' : 'canceled', this.#state === 'answered' ? 200 : 487);
  }

  // The application.

  ring(): void {
    if (this.#state !== 'ringing') return;
    this.#did({ kind: 'ring' });
  }

  async progress(): Promise<boolean> {
    this.#mustLive();
    if (this.#state === 'answered') return true;
    if (this.#takesEarly) this.#did({ kind: 'progress' });
    this.#early = this.#takesEarly;
    return this.#takesEarly;
  }

  async answer(): Promise<void> {
    this.#mustLive();
    if (this.#state === 'answered') return;
    this.#state = 'answered';
    this.#did({ kind: 'answer' });
  }

  reject(status: number, reason?: string): void {
    if (this.#state === 'ended') return;
    this.#did({ kind: 'reject', status, reason });
    if (this.#state === 'answered') this.#finish('answered', 200);
    else this.#finish(status === 486 || status === 600 ? 'busy' : 'failed', status);
  }

  hangUp(): void {
    if (this.#state === 'ended') return;
    this.#did({ kind: 'hangUp' });
    this.#finish(this.#state === 'answered' ? 'answered' : 'canceled', this.#state === 'answered' ? 200 : 480);
  }

  async play(audio: Pcm | AsyncIterable<Pcm>, stop?: AbortSignal): Promise<boolean> {
    if (!this.#early) this.#mustBeAnswered('play');
    const until = this.#orGone(stop);
    let samples = 0;
    if (audio instanceof Int16Array) samples = audio.length;
    else
      for await (const piece of audio) {
        if (until.aborted) break;
        samples += piece.length;
      }
    if (this.#slowAudio && !until.aborted)
      await new Promise<void>((resolve) => {
        this.#endAudio = resolve;
        until.addEventListener('abort', () => resolve(), { once: true });
        this.#tell();
      });
    this.#endAudio = null;
    this.#did({ kind: 'play', samples, complete: !until.aborted });
    this.#mustLive();
    return !until.aborted;
  }

  keys(stop: AbortSignal): AsyncIterable<DtmfDigit> {
    this.#mustLive();
    const keys = this.#feed.keys(stop);
    this.#tell();
    return keys;
  }

  async dial(wish: DialWish, stop?: AbortSignal): Promise<LegOutcome> {
    this.#mustLive();
    if (!wish.answerOnBridge) this.#mustBeAnswered('dial');
    const outcome = await this.#dialled(wish, this.#orGone(stop));
    this.#did({ kind: 'dial', wish, outcome });
    this.#mustLive();
    if (outcome.kind === 'answered') this.#state = 'answered';
    return outcome;
  }

  note(text: string, rule?: RuleReference): void {
    this.#did({ kind: 'note', text, rule });
  }

  #did(deed: Deed): void {
    this.deeds.push(deed);
    this.#tell();
  }

  #tell(): void {
    this.#changed.dispatchEvent(new Event('change'));
  }

  #finish(kind: LegOutcome['kind'], status: number): void {
    if (this.#state === 'ended') return;
    const talked = this.#state === 'answered' ? 1000 : 0;
    this.#state = 'ended';
    this.#gone.abort();
    this.#end.resolve({ kind, status, talked });
    this.#tell();
  }

  #orGone(stop: AbortSignal | undefined): AbortSignal {
    return stop ? AbortSignal.any([stop, this.gone]) : this.gone;
  }

  #mustLive(): void {
    if (this.#state === 'ended') throw new CallGone();
  }

  #mustBeAnswered(what: string): void {
    this.#mustLive();
    if (this.#state !== 'answered') throw new Error(`${what} needs an answered call`);
  }
}

/** A party by its number or URI, to compare with. */
export function nameOf(party: Party): string {
  return party.kind === 'number' ? party.number : party.uri;
}

function dialledBy(
  dialled: FakeCallOptions['dialled'],
): (wish: DialWish, stop: AbortSignal) => LegOutcome | Promise<LegOutcome> {
  if (typeof dialled === 'function') return dialled;
  let next = 0;
  return () => {
    const outcome = dialled[Math.min(next, dialled.length - 1)];
    next += 1;
    return outcome ?? NO_ANSWER;
  };
}
