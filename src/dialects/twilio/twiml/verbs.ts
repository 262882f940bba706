import { quote } from './attributes.ts';
import { parseDocument, type Element } from './document.ts';
import { TwimlFault, type Warn } from './faults.ts';
import type { Next, Stage, Verb } from './stage.ts';
import { readDial, runDial } from './verbs/dial.ts';
import { readGather, runGather } from './verbs/gather.ts';
import { readHangup, runHangup } from './verbs/hangup.ts';
import { readPause, runPause } from './verbs/pause.ts';
import { readPlay, runPlay } from './verbs/play.ts';
import { readRedirect, runRedirect } from './verbs/redirect.ts';
import { readReject, runReject } from './verbs/reject.ts';
import { readSay, runSay } from './verbs/say.ts';

type Reader = (element: Element, warn: Warn) => Verb;

/** What may stand in a Gather too. */
const PROMPTS: Readonly<Record<string, Reader>> = {
  Pause: verb(readPause, runPause),
  Play: verb(readPlay, runPlay),
  Say: verb(readSay, runSay),
};

const VERBS: Readonly<Record<string, Reader>> = {
  ...PROMPTS,
  Dial: verb(readDial, runDial),
  Gather: verb((element, warn) => readGather(element, warn, readPrompt), runGather),
  Hangup: verb(readHangup, runHangup),
  Redirect: verb(readRedirect, runRedirect),
  Reject: verb(readReject, runReject),
};

/** Verbs of the vendor that are not carried out here. */
const NOT_THERE = new Set(
  'Connect Start Stop Conference Enqueue Leave Pay Prompt Queue Record Recording Refer Siprec Sms Message Stream'.split(
    ' ',
  ),
);

/**
 * The verbs of a TwiML document. What can be passed over goes to `warn`; a verb that cannot ends the script with its
 * error when its turn comes, after the verbs before it. Throws TwimlFault for what is no document.
 */
export function readDocument(text: string, warn: Warn): Verb[] {
  return parseDocument(text).map((element) => {
    const read = Object.hasOwn(VERBS, element.name) ? VERBS[element.name] : undefined;
    return read ? read(element, warn) : unknown(element);
  });
}

function verb<Data>(
  read: (element: Element, warn: Warn) => Data,
  run: (data: Data, stage: Stage) => Promise<Next>,
): Reader {
  return (element, warn) => {
    const data = read(element, warn);
    return { name: element.name, run: (stage) => run(data, stage) };
  };
}

function readPrompt(element: Element, warn: Warn): Verb | null {
  return Object.hasOwn(PROMPTS, element.name) ? (PROMPTS[element.name]?.(element, warn) ?? null) : null;
}

function unknown({ name }: Element): Verb {
  const fault = NOT_THERE.has(name)
    ? new TwimlFault(13750, `${name} is not carried out here`)
    : new TwimlFault(12200, `${quote(name)} is no verb`);
  return {
    name,
    run: async () => {
      throw fault;
    },
  };
}
