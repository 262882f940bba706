import type { Timer } from '../../../../kit/clock.ts';
import { Attributes, quote } from '../attributes.ts';
import type { Element } from '../document.ts';
import { TwimlFault, type Warn } from '../faults.ts';
import type { Next, Stage, Verb } from '../stage.ts';
import type { HttpMethod } from '../webhook/webhooks.ts';

/** Keys that are gathered at most; a longer number nobody types. */
const MOST_DIGITS = 256;

const DEFAULT_TIMEOUT = 5;
const LONGEST_TIMEOUT = 600;

/** Attributes of the vendor that are about speech. */
const ABOUT_SPEECH = [
  'partialResultCallback',
  'partialResultCallbackMethod',
  'speechTimeout',
  'maxSpeechTime',
  'speechModel',
  'enhanced',
  'hints',
  'language',
  'profanityFilter',
  'bargeIn',
  'debug',
];

export interface Gather {
  /** Relative to the document; empty: the document itself. */
  readonly action: string;
  readonly method: HttpMethod;
  /** Seconds to wait for the next key. */
  readonly timeout: number;
  readonly finishOnKey: string;
  readonly numDigits: number;
  readonly actionOnEmptyResult: boolean;
  /** Whether keys count; speech does not. */
  readonly keys: boolean;
  /** Say, Play and Pause within it. */
  readonly prompts: readonly Verb[];
}

/** `readPrompt` reads what may stand in a Gather; null for anything else. */
export function readGather(
  element: Element,
  warn: Warn,
  readPrompt: (element: Element, warn: Warn) => Verb | null,
): Gather {
  const known = ['action', 'method', 'timeout', 'finishOnKey', 'numDigits', 'actionOnEmptyResult', 'input'];
  const attributes = new Attributes(element, warn, known, ABOUT_SPEECH);
  const input = (attributes.text('input') ?? 'dtmf').split(/\s+/);
  const keys = input.includes('dtmf');
  if (!input.every((name) => name === 'dtmf' || name === 'speech')) warn(13326, quote(input.join(' ')));
  else if (keys && input.includes('speech')) warn(13326, 'speech is not recognised here: only keys count');
  const automatic = attributes.text('timeout') === 'auto';
  return {
    action: attributes.text('action') ?? '',
    method: attributes.method('method', 13312),
    timeout: (automatic ? undefined : attributes.integer('timeout', 0, LONGEST_TIMEOUT, 13313)) ?? DEFAULT_TIMEOUT,
    finishOnKey: readFinishOnKey(attributes.exact('finishOnKey'), warn),
    numDigits: attributes.integer('numDigits', 1, MOST_DIGITS, 13314) ?? MOST_DIGITS,
    actionOnEmptyResult: attributes.flag('actionOnEmptyResult', 13338),
    keys,
    prompts: element.children.flatMap((child) => {
      const verb = readPrompt(child, warn);
      if (!verb) warn(13320, `${quote(child.name)} may not stand in a Gather`);
      return verb ?? [];
    }),
  };
}

/** Empty turns it off. */
function readFinishOnKey(value: string | undefined, warn: Warn): string {
  if (value === undefined || /^[0-9*#]*$/.test(value)) return value ?? '#';
  warn(13310, `${quote(value)} is not of 0-9 * #`);
  return '#';
}

/** Prompts, collects keys, and goes on with the action; without a key the script goes on after it. */
export async function runGather(gather: Gather, stage: Stage): Promise<Next> {
  if (!gather.keys) throw new TwimlFault(13326, 'speech is not recognised here: use input="dtmf"');
  await stage.answer();
  const { digits, finishedBy } = await collect(gather, stage);
  if (stage.stop.aborted || (digits === '' && !gather.actionOnEmptyResult)) return null;
  return {
    url: stage.resolve(gather.action),
    method: gather.method,
    parameters: [
      ['Digits', digits],
      ['FinishedOnKey', finishedBy],
      ['msg', 'Gather End'],
    ],
  };
}

async function collect(gather: Gather, stage: Stage): Promise<{ digits: string; finishedBy: string }> {
  const { call, clock, stop } = stage;
  const over = new AbortController();
  const pressed = new AbortController();
  let digits = '';
  let finishedBy = '';
  let timer: Timer | null = null;
  const expectKey = (): void => {
    timer?.cancel();
    timer = clock.after(gather.timeout * 1000, () => over.abort());
  };
  const keys = call.keys(AbortSignal.any([stop, over.signal]));
  const prompting = prompt(gather.prompts, { ...stage, stop: AbortSignal.any([stop, pressed.signal]) }).then(
    // The wait for the first key begins when the prompts have ended.
    () => !pressed.signal.aborted && expectKey(),
  );
  // A prompt that fails ends the wait too; the fault itself is thrown below.
  prompting.catch(() => over.abort());
  try {
    for await (const key of keys) {
      pressed.abort();
      if (gather.finishOnKey.includes(key)) {
        finishedBy = key;
        break;
      }
      digits += key;
      if (digits.length >= gather.numDigits) break;
      expectKey();
    }
  } finally {
    pressed.abort();
    over.abort();
    (timer as Timer | null)?.cancel();
  }
  await prompting;
  (timer as Timer | null)?.cancel();
  return { digits, finishedBy };
}

async function prompt(prompts: readonly Verb[], stage: Stage): Promise<void> {
  for (const verb of prompts) {
    if (stage.stop.aborted) return;
    await verb.run(stage);
  }
}
