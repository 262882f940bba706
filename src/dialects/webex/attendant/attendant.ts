import type { Clock } from '../../../kit/clock.ts';
import type { CallApplication, CodeQuestion, ControlledCall, LegOutcome, Pcm } from '../../../rulebook/call-control.ts';
import type { CodeBook } from '../codes/code-book.ts';
import { KeyPad, type Pauses } from './key-pad.ts';
import { PromptLibrary, type Prompts } from './prompts.ts';
import { busy, ringing } from './tones.ts';

/** Callers that are asked for a code at once; further ones are told to try again. */
const MOST_ASKED = 300;

/** How often a caller is asked, whatever comes of it. */
const MOST_TRIES = 3;

/** Milliseconds in which all tries have to be over. */
const DEADLINE = 90_000;

const PAUSES: Pauses = { first: 8000, between: 3000 };

/** Milliseconds that the one who was called may ring. */
const RING = 120_000;

/** Milliseconds in which the last key of the code is let go: the one who is called shall not hear it. */
const KEY_UP = 250;

/** Samples for each millisecond of audio. */
const SAMPLES_PER_MS = 8;

/** Who knows which codes are right, and counts those that are not. */
export type Codes = Pick<CodeBook, 'verify' | 'lockedUntil'>;

/** A location by its UUID, and its announcement language, such as `en_us`; null where nothing is said of it. */
export interface Place {
  readonly location: string;
  readonly language: string | null;
}

export interface AttendantOptions {
  readonly clock: Clock;
  readonly codes: Codes;
  /** Where the calls of a trunk of the rulebook belong, by the UUID of its id. */
  readonly placeOf: (trunk: string) => Promise<Place>;
  readonly mostAsked?: number;
  readonly pauses?: Pauses;
}

/** What a caller came to. */
type Refusal = 'refused' | 'locked';

/** Asks for access codes (AUTH_CODE): a right one connects the call, three wrong ones or silence end it with 403. */
export class Attendant implements CallApplication {
  /** Judged like those of any other call of the line. */
  readonly transfers = true;
  readonly #options: AttendantOptions;
  readonly #library = new PromptLibrary();
  #asked = 0;

  constructor(options: AttendantOptions) {
    this.#options = options;
  }

  /** Callers that are being asked now. */
  get asked(): number {
    return this.#asked;
  }

  async handle(call: ControlledCall): Promise<void> {
    const question = call.code;
    if (!question) throw new Error('the call needs no access code');
    if (this.#asked >= (this.#options.mostAsked ?? MOST_ASKED))
      return call.reject(503, 'too many callers are asked for an access code');
    this.#asked += 1;
    let prompts: Prompts | null;
    try {
      prompts = await this.#admit(call, question);
    } finally {
      this.#asked -= 1;
    }
    if (!prompts) return;
    await new Promise<void>((resolve) => this.#options.clock.after(KEY_UP, resolve));
    await connect(call, prompts);
  }

  /** Asks; resolves to what is said from then on when the code was right, and to null when the call was refused. */
  async #admit(call: ControlledCall, question: CodeQuestion): Promise<Prompts | null> {
    const { location, language } = await this.#options.placeOf(bare(call.trunk));
    const line = question.line === null ? location : bare(question.line);
    const prompts = this.#library.in(language);
    if (!(await call.progress())) await call.answer();
    const refusal =
      this.#options.codes.lockedUntil(line, location) === null
        ? await this.#ask(call, prompts, { ...question, line, location })
        : 'locked';
    if (refusal === null) return prompts;
    await call.play(refusal === 'locked' ? prompts.locked : prompts.refused);
    call.reject(403, refusal === 'locked' ? 'too many wrong access codes came before' : 'no valid access code');
    return null;
  }

  async #ask(
    call: ControlledCall,
    prompts: Prompts,
    { line, location, codeSets, number: called }: CodeQuestion & { line: string; location: string },
  ): Promise<Refusal | null> {
    const { clock, codes, pauses = PAUSES } = this.#options;
    const over = new AbortController();
    const deadline = clock.after(DEADLINE, () => over.abort());
    try {
      const pad = new KeyPad(call.keys(over.signal), clock, pauses);
      let prompt = prompts.enter;
      for (let tries = 1; tries <= MOST_TRIES && !over.signal.aborted; tries += 1) {
        call.note(`asks for an access code, ${tries} of ${MOST_TRIES}`);
        const digits = await listen(call, prompt, pad);
        prompt = digits === null ? prompts.enter : prompts.wrong;
        if (digits === null) {
          call.note('no access code was keyed');
          continue;
        }
        const verdict = await codes.verify({ line, location, codeSets, digits, called });
        if (verdict.outcome === 'locked') return 'locked';
        if (verdict.outcome === 'match') {
          const { id, description } = verdict.code;
          call.note(`the access code "${description}" was keyed`, { resource: `AccessCode ${id}`, field: 'code' });
          return null;
        }
        call.note('a wrong access code was keyed');
      }
      return 'refused';
    } finally {
      deadline.cancel();
      over.abort();
    }
  }
}

/** Says something and waits for a code; the first key ends what is said. */
async function listen(call: ControlledCall, prompt: Pcm, pad: KeyPad): Promise<string | null> {
  const hush = new AbortController();
  const spoken = call.play(prompt, hush.signal);
  // Should the call end meanwhile, the keys tell.
  spoken.catch(() => {});
  try {
    return await pad.code(prompt.length / SAMPLES_PER_MS, () => hush.abort());
  } finally {
    hush.abort();
    await spoken.catch(() => {});
  }
}

/** Calls whom the caller asked for, and joins the two directly. */
async function connect(call: ControlledCall, prompts: Prompts): Promise<void> {
  const early = call.state === 'ringing';
  const ring = new AbortController();
  const outcome = await call
    .dial({
      parties: [{ kind: 'number', number: dialled(call.to) }],
      sequential: false,
      callerId: null,
      timeout: RING,
      longest: null,
      answerOnBridge: early,
      headers: [],
      media: 'direct',
      onProgress: ({ state }) => {
        if (state === 'ringing') call.play(ringing(), ring.signal).catch(() => {});
        else if (state !== 'initiated') ring.abort();
      },
    })
    .finally(() => ring.abort());
  if (outcome.kind === 'answered') return call.hangUp();
  // Whoever was answered cannot be told by a status.
  if (!early) await call.play(outcome.kind === 'busy' ? busy() : prompts.failed);
  call.reject(statusOf(outcome), `the call came to nothing: ${outcome.kind}`);
}

/** The callee's own refusal, unless it says something only to whoever called it: a challenge, another address. */
function statusOf({ kind, status }: LegOutcome): number {
  const own = status !== null && status >= 400 && status !== 401 && status !== 407;
  return own && kind !== 'no-answer' ? status : 480;
}

/** What was dialled: the user part of a SIP URI. */
function dialled(uri: string): string {
  return /^sips?:([^@;?:]+)[^@]*@/i.exec(uri)?.[1] ?? '';
}

/** The vendor's part of an id of the rulebook. */
function bare(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}
