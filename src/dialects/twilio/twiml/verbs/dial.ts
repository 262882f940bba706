import type { Destination } from '../destination.ts';
import { CallGone, type LegOutcome } from '../../../../rulebook/call-control.ts';
import { Attributes, quote } from '../attributes.ts';
import { isRingTone } from '../audio/ring-tones.ts';
import type { DialLegs, DialTarget } from '../dial-legs.ts';
import type { Element } from '../document.ts';
import { TwimlFault, type Warn } from '../faults.ts';
import type { Next, Stage } from '../stage.ts';
import { statusOf } from '../status-callbacks.ts';
import type { HttpMethod } from '../webhook/webhooks.ts';
import { readNumber, readSip, toE164, type Noun } from './dial-nouns.ts';
import { Ringback } from './ringback.ts';

/** The vendor's limits. */
const MOST_TARGETS = 10;
const LONGEST_TIMEOUT = 600;
const SHORTEST_TIMEOUT = 5;
const DEFAULT_TIMEOUT = 30;
const LONGEST_CALL = 86_400;
const DEFAULT_CALL = 14_400;
const LONGEST_CALLER_ID = 64;

/** Attributes of the vendor that are about recording and transfers. */
const PASSED_OVER = [
  'record',
  'recordingStatusCallback',
  'recordingStatusCallbackMethod',
  'recordingStatusCallbackEvent',
  'recordingTrack',
  'trim',
  'callReason',
  'referUrl',
  'referMethod',
  'events',
];

export interface Dial {
  /** Relative to the document; null: the script goes on after the Dial. */
  readonly action: string | null;
  readonly method: HttpMethod;
  /** Seconds to ring. */
  readonly timeout: number;
  /** Seconds that the connected call may last. */
  readonly timeLimit: number;
  /** Undefined: one that cannot be shown. Null: as the caller shows it. */
  readonly callerId: string | null | undefined;
  readonly hangupOnStar: boolean;
  readonly answerOnBridge: boolean;
  readonly sequential: boolean;
  /** What the caller hears instead of the called side's own ringing; null: that, or else the usual tone. */
  readonly ringTone: string | null;
  readonly nouns: readonly Noun[];
  /** Nouns that are not called here, such as Client. */
  readonly others: readonly string[];
}

export function readDial(element: Element, warn: Warn): Dial {
  const known = [
    'action',
    'method',
    'timeout',
    'timeLimit',
    'callerId',
    'hangupOnStar',
    'answerOnBridge',
    'sequential',
    'ringTone',
  ];
  const attributes = new Attributes(element, warn, known, PASSED_OVER);
  const { nouns, others } = readNouns(element, warn);
  return {
    action: attributes.text('action') ?? null,
    method: attributes.method('method', 13210),
    timeout: Math.max(SHORTEST_TIMEOUT, attributes.integer('timeout', 1, LONGEST_TIMEOUT, 13212) ?? DEFAULT_TIMEOUT),
    timeLimit: attributes.integer('timeLimit', 1, LONGEST_CALL, 13216) ?? DEFAULT_CALL,
    callerId: readCallerId(attributes.text('callerId'), nouns, warn),
    hangupOnStar: attributes.flag('hangupOnStar', 13213),
    answerOnBridge: attributes.flag('answerOnBridge', 13219),
    sequential: attributes.flag('sequential', 13218),
    ringTone: readRingTone(attributes.text('ringTone'), warn),
    nouns,
    others,
  };
}

function readNouns(element: Element, warn: Warn): Pick<Dial, 'nouns' | 'others'> {
  const nouns: Noun[] = [];
  const others: string[] = [];
  for (const child of element.children) {
    const noun = child.name === 'Number' ? readNumber(child, warn) : child.name === 'Sip' ? readSip(child, warn) : null;
    if (noun) nouns.push(noun);
    else if (child.name !== 'Number' && child.name !== 'Sip') {
      others.push(quote(child.name));
      warn(13215, `${quote(child.name)} is not called here: only Number and Sip are`);
    }
  }
  // A number may stand in the Dial itself.
  const text = element.children.length === 0 && element.text !== '';
  const alone = text ? readNumber({ ...element, attributes: new Map() }, warn) : null;
  if (alone) nouns.push(alone);
  if (nouns.length > MOST_TARGETS) warn(13250, `only the first ${MOST_TARGETS} are called`);
  return { nouns: nouns.slice(0, MOST_TARGETS), others };
}

/** Numbers are shown numbers only; what is no number can be shown to SIP alone. */
function readCallerId(text: string | undefined, nouns: readonly Noun[], warn: Warn): string | null | undefined {
  if (text === undefined) return null;
  if (text.length > LONGEST_CALLER_ID) {
    warn(13248, quote(text));
    return undefined;
  }
  const number = toE164(text);
  if (number !== null) return number;
  if (nouns.every(({ party }) => party.kind === 'sip') && /^[\w.+@:-]+$/.test(text)) return text;
  warn(13214, quote(text));
  return undefined;
}

function readRingTone(text: string | undefined, warn: Warn): string | null {
  if (text === undefined || isRingTone(text)) return text ?? null;
  if (text !== 'automatic') warn(12200, `there is no ring tone ${quote(text)}`);
  return null;
}

/** Connects the caller to who answers first, and goes on with the action when that is over. */
export async function runDial(dial: Dial, stage: Stage): Promise<Next> {
  const { call } = stage;
  if (dial.nouns.length === 0 && dial.others.length > 0)
    throw new TwimlFault(13215, `${dial.others.join(', ')} cannot be called here`);
  const action = dial.action === null ? null : stage.resolve(dial.action);
  const targets = dial.nouns.map(({ callback, before, ...noun }): DialTarget => {
    return {
      ...noun,
      callback: callback && { ...callback, url: stage.resolve(callback.url) },
      before: before && { ...before, url: stage.resolve(before.url), parameters: [] },
    };
  });
  const callable = targets.length > 0 && dial.callerId !== undefined;
  const legs = stage.openLegs(targets, dial.callerId ?? stage.callerId);
  const after = (outcome: LegOutcome): Destination | null =>
    action === null ? null : { url: action, method: dial.method, parameters: resultOf(outcome, legs) };
  try {
    const outcome = callable ? await connect(dial, legs, stage) : FAILED;
    legs.close(outcome);
    stage.dialled(outcome);
    return stage.stop.aborted ? null : after(outcome);
  } catch (error) {
    if (!(error instanceof CallGone)) throw error;
    // The caller hung up: the vendor asks the action all the same, and passes over what it answers.
    const { kind, status, talked } = await call.ended;
    const outcome: LegOutcome = legs.connected
      ? { kind: 'answered', status, talked }
      : { kind: 'canceled', status: kind === 'answered' ? null : status, talked: 0 };
    legs.close(outcome);
    const destination = after(outcome);
    if (destination) stage.tell(destination);
    throw error;
  }
}

const FAILED: LegOutcome = { kind: 'failed', status: null, talked: 0 };

async function connect(dial: Dial, legs: DialLegs, stage: Stage): Promise<LegOutcome> {
  const { call, stop } = stage;
  if (!dial.answerOnBridge) await stage.answer();
  const done = new AbortController();
  const star = dial.hangupOnStar ? untilStar(call.keys(AbortSignal.any([stop, done.signal]))) : null;
  void star?.then((pressed) => pressed && done.abort());
  const over = AbortSignal.any([stop, done.signal, legs.hungUp, legs.joined]);
  // A caller who is not answered has a telephone that rings by itself.
  const ringback = dial.answerOnBridge ? null : new Ringback({ call, tone: dial.ringTone, warn: stage.warn, over });
  try {
    return await call.dial(
      {
        parties: legs.parties,
        sequential: dial.sequential,
        callerId: dial.callerId ?? stage.callerId,
        timeout: dial.timeout * 1000,
        longest: dial.timeLimit * 1000,
        answerOnBridge: dial.answerOnBridge,
        headers: [],
        media: 'relay',
        earlyMedia: dial.ringTone === null,
        ...(legs.prepare && { prepare: legs.prepare }),
        onProgress: (progress) => {
          legs.progress(progress);
          ringback?.progress(progress);
        },
      },
      AbortSignal.any([stop, done.signal, legs.hungUp]),
    );
  } finally {
    done.abort();
    await ringback?.end();
  }
}

/** Whether the caller pressed the star before it was over. */
async function untilStar(keys: AsyncIterable<string>): Promise<boolean> {
  try {
    for await (const key of keys) if (key === '*') return true;
  } catch (error) {
    if (!(error instanceof CallGone)) throw error;
  }
  return false;
}

function resultOf(outcome: LegOutcome, legs: DialLegs): [string, string][] {
  return [
    ['DialCallStatus', statusOf(outcome)],
    ...(legs.sid === null ? [] : [['DialCallSid', legs.sid] satisfies [string, string]]),
    ...(outcome.kind === 'answered'
      ? [['DialCallDuration', String(Math.round(outcome.talked / 1000))] satisfies [string, string]]
      : []),
    ['DialBridged', String(outcome.kind === 'answered' && !legs.declined)],
  ];
}
