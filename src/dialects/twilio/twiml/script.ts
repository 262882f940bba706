import type { Destination } from './destination.ts';
import { CallGone, type ControlledCall, type LegOutcome } from '../../../rulebook/call-control.ts';
import type { RuleReference } from '../../../rulebook/rule.ts';
import type { CallBook, LiveCall } from '../calls/book.ts';
import type { CallRecord } from '../calls/record.ts';
import { Allowance } from './allowance.ts';
import { MOST_RECORDING_BYTES, type Studio } from './audio/studio.ts';
import { NoSpeech } from './audio/speech.ts';
import { chooseVoice } from './audio/voices.ts';
import { DialLegs, type DialTarget, type LegKeeper } from './dial-legs.ts';
import { describeFault, TwimlFault, type Warn } from './faults.ts';
import { MOST_ANSWER_BYTES, readAnswer } from './load.ts';
import { callParameters } from './parameters.ts';
import type { Stage, Verb } from './stage.ts';
import type { Callbacks } from './status-callbacks.ts';
import { readDocument } from './verbs.ts';
import { toE164 } from './verbs/dial-nouns.ts';
import type { Parameters } from './webhook/signature.ts';
import type { HttpMethod, WebhookReply } from './webhook/webhooks.ts';

/** What the caller hears when a script cannot go on; the vendor has a sentence of its own. */
const APOLOGY = 'We are sorry. An application error has occurred. Goodbye.';

/** How a caller who was never answered is refused, after a Dial that came to nothing. */
const REFUSALS: Readonly<Record<LegOutcome['kind'], number>> = {
  answered: 480,
  busy: 486,
  'no-answer': 480,
  failed: 480,
  canceled: 480,
};

/** Warnings of one document that are written down. */
const MOST_WARNINGS = 20;

export interface ScriptOptions {
  readonly call: ControlledCall;
  readonly live: LiveCall;
  readonly book: CallBook;
  readonly callbacks: Callbacks;
  readonly studio: Studio;
  /** Asked when a document cannot be had or carried out. */
  readonly fallback: { readonly url: string; readonly method: HttpMethod } | null;
  /** What every request tells besides what all calls tell. */
  readonly extra: Parameters;
  /** What the vendor's customer set that leads here, for the journal. */
  readonly rule: RuleReference;
  /** For the one who was called by a Dial, who cannot call others. */
  readonly isCalled?: boolean;
}

/** Where a script begins or goes on: at a URL, or with a document at hand. */
export type Start = (Destination & { readonly isFallback?: boolean }) | { readonly twiml: string };

/** Carries out TwiML on one call: document after document, until one ends without another or the call is gone. */
export class Script {
  readonly #options: ScriptOptions;
  readonly #allowance: Allowance;
  #stop = new AbortController();
  #redirected: Start | null = null;
  #dialled: LegOutcome | null = null;
  /** Nothing comes after it: it said so, or went wrong. */
  #over = false;

  constructor(options: ScriptOptions) {
    this.#options = options;
    this.#allowance = new Allowance(options.callbacks.clock);
  }

  /** Resolves when the call is over, or has been told to be. */
  async run(start: Start): Promise<void> {
    await this.#runAll(start);
    if (!this.#options.call.gone.aborted) await this.#leave();
  }

  /** What a party that was called hears before it is connected. Resolves whether it is to be, having heard all. */
  async runBefore(start: Start): Promise<boolean> {
    await this.#runAll(start);
    return !this.#over && !this.#options.call.gone.aborted;
  }

  async #runAll(start: Start): Promise<void> {
    const { call } = this.#options;
    for (let next: Start | null = start; next;) {
      next = await this.#step(next);
      if (call.gone.aborted) return;
      if (this.#redirected) next = this.#redirected;
      this.#redirected = null;
    }
  }

  /** Gives up what the script is doing, for another document. */
  redirect(to: Start): void {
    this.#redirected = to;
    this.#stop.abort();
  }

  async #step(start: Start): Promise<Start | null> {
    this.#stop = new AbortController();
    try {
      return await this.#carryOut(start);
    } catch (error) {
      // Whatever was under way when the caller went, or when another document came, has failed for that.
      if (error instanceof CallGone || this.#options.call.gone.aborted || this.#stop.signal.aborted) return null;
      if (!(error instanceof TwimlFault)) throw error;
      return this.#afterFault(error, start);
    }
  }

  async #carryOut(start: Start): Promise<Start | null> {
    let warnings = 0;
    const warn: Warn = (code, detail) => {
      warnings += 1;
      if (warnings <= MOST_WARNINGS) this.#note(`warning ${describeFault({ code, detail })}`);
    };
    const { verbs, url } =
      'twiml' in start ? { verbs: readDocument(start.twiml, warn), url: null } : await this.#fetch(start, warn);
    const stage = this.#stage(url, warn);
    for (const verb of verbs) {
      if (stage.stop.aborted) return null;
      const next = await verb.run(stage);
      if (next === 'end') {
        this.#over = true;
        return null;
      }
      if (next) return next;
    }
    return null;
  }

  async #fetch(start: Destination, warn: Warn): Promise<{ verbs: Verb[]; url: string }> {
    if (!this.#allowance.take()) throw new TwimlFault(14106, 'the script fetches one document after the other');
    const { call, callbacks } = this.#options;
    const reply = await callbacks.webhooks.ask({
      url: start.url,
      method: start.method,
      parameters: this.#parameters(start),
      authToken: callbacks.authToken,
      most: MOST_ANSWER_BYTES,
      signal: AbortSignal.any([this.#stop.signal, call.gone]),
    });
    return { verbs: readAnswer(reply, warn), url: reply.url };
  }

  #parameters(destination: Destination): Parameters {
    const { callbacks, live, extra } = this.#options;
    return [...callParameters(callbacks.accountSid, live.record), ...extra, ...destination.parameters];
  }

  async #afterFault(fault: TwimlFault, at: Start): Promise<Start | null> {
    const { fallback } = this.#options;
    this.#note(`error ${fault.message}`);
    const again = fault.code !== 14106 && !('isFallback' in at && at.isFallback);
    if (!fallback || !again) {
      await this.#apologize();
      this.#over = true;
      return null;
    }
    const asked = 'url' in at ? withoutSecrets(at.url) : '';
    const parameters: Parameters = [
      ['ErrorCode', String(fault.code)],
      ['ErrorUrl', asked],
    ];
    return { ...fallback, parameters, isFallback: true };
  }

  async #apologize(): Promise<void> {
    const { call, studio } = this.#options;
    try {
      await this.#answer();
      await call.play(await studio.speak(APOLOGY, chooseVoice(undefined, undefined).voice), this.#stop.signal);
    } catch (error) {
      if (!(error instanceof CallGone) && !(error instanceof NoSpeech)) throw error;
    }
  }

  /** The script has nothing more to say. A caller who was never answered is, unless a Dial failed to find somebody. */
  async #leave(): Promise<void> {
    const { call } = this.#options;
    const unanswered = call.state === 'ringing';
    if (unanswered && this.#dialled) return call.reject(REFUSALS[this.#dialled.kind], `Dial ${this.#dialled.kind}`);
    try {
      if (unanswered) await this.#answer();
    } catch (error) {
      if (!(error instanceof CallGone)) throw error;
    }
    call.hangUp();
  }

  async #answer(): Promise<void> {
    const { call, live } = this.#options;
    await call.answer();
    live.becomes('in-progress');
  }

  #stage(url: string | null, warn: Warn): Stage {
    const { call, live, studio, callbacks } = this.#options;
    const stop = this.#stop.signal;
    return {
      call,
      clock: callbacks.clock,
      studio,
      stop,
      warn,
      url,
      callerId: callerIdFor(live.record),
      answer: () => this.#answer(),
      resolve: (text) => resolveUrl(text, url),
      fetchAudio: (audio) => this.#fetchAudio(audio, stop),
      tell: (destination) => void this.#tell(destination),
      openLegs: (targets, callerId) => this.#openLegs(targets, callerId),
      dialled: (outcome) => {
        this.#dialled = outcome;
      },
    };
  }

  #openLegs(targets: readonly DialTarget[], callerId: string | null): DialLegs {
    const { book, callbacks, live: parent, isCalled } = this.#options;
    if (isCalled) throw new TwimlFault(13201, 'the script is for the one who was called');
    const keeper: LegKeeper = {
      book,
      callbacks,
      parent,
      note: (text) => this.#note(text),
      prepare: (call, live, start) =>
        new Script({ ...this.#options, call, live, fallback: null, extra: [], isCalled: true }).runBefore(start),
    };
    return new DialLegs(keeper, targets, callerId);
  }

  #fetchAudio(url: string, stop: AbortSignal): Promise<WebhookReply> {
    const { call, callbacks } = this.#options;
    return callbacks.webhooks.ask({
      url,
      method: 'GET',
      parameters: [],
      authToken: callbacks.authToken,
      most: MOST_RECORDING_BYTES,
      tooLarge: 11200,
      signal: AbortSignal.any([stop, call.gone]),
    });
  }

  async #tell(destination: Destination): Promise<void> {
    const { callbacks, live } = this.#options;
    const parameters = [
      ...callParameters(callbacks.accountSid, live.record, 'completed'),
      ...this.#options.extra,
      ...destination.parameters,
    ];
    try {
      await callbacks.webhooks.ask({
        ...destination,
        parameters,
        authToken: callbacks.authToken,
        most: null,
        signal: new AbortController().signal,
      });
    } catch (error) {
      // Nobody waits for this: whatever else fails must not end the gate, and may name a URL with its password.
      this.#note(`error ${error instanceof TwimlFault ? error.message : 'a fault inside'}`);
    }
  }

  #note(text: string): void {
    this.#options.call.note(`TwiML ${text}`, this.#options.rule);
  }
}

/** A caller of the telephone network who shows no number is called on by the number that it called. */
function callerIdFor({ phone_number_sid: number, from, to }: CallRecord): string | null {
  return number === undefined || toE164(from) !== null ? null : to;
}

function resolveUrl(text: string, base: string | null): string {
  if (text === '' && base !== null) return base;
  const url = base === null ? URL.parse(text) : URL.parse(text, base);
  if (!url) throw new TwimlFault(11100, 'a relative URL needs a document that came from one');
  return url.href;
}

/** For telling the fallback what failed: without the password that the URL may hold. */
function withoutSecrets(text: string): string {
  const url = URL.parse(text);
  if (!url) return '';
  url.username = url.password = url.hash = '';
  return url.href;
}
