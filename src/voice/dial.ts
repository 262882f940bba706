import type { Clock } from '../kit/clock.ts';
import { CallGone, type DialWish, type LegOutcome, type Party } from '../rulebook/call-control.ts';
import { connectDirectly, relay, type Bridge, type BridgeEnd } from './bridge.ts';
import type { Leg, LegParts } from './leg.ts';
import { mostTelling } from './outcomes.ts';

/** Parties that ring at once, or are tried in turn; further ones are left out. */
const MOST_LEGS = 10;

/** What a dial needs of the call that it is for. */
export interface Dialler {
  readonly clock: Clock;
  readonly end: BridgeEnd;
  /** Aborts when the caller has gone. */
  readonly gone: AbortSignal;
  /** Answers the caller; nothing when it is answered. */
  answer(): Promise<void>;
  ring(): void;
  /** Gets the caller to hear us before it is answered; resolves whether it does. */
  progress(): Promise<boolean>;
  note(text: string): void;
  /** Takes a fault of the application in what it does with progress. */
  crashed(error: unknown): void;
  openLeg(party: Party, onRinging: LegParts['onRinging']): Leg;
  /** What comes before a party that has answered is connected; resolves whether it is to be. */
  prepare(leg: Leg, party: Party): Promise<boolean>;
  /** Hears of the leg that the caller is joined with, and null when no more. */
  joined(leg: Leg | null): void;
}

type Progress = Parameters<NonNullable<DialWish['onProgress']>>[0];

/** Dials parties for a caller and joins it with the first that answers. Resolves when that is over, or nobody answered. */
export async function dial(dialler: Dialler, wish: DialWish, stop: AbortSignal): Promise<LegOutcome> {
  const until = AbortSignal.any([stop, dialler.gone]);
  const parties = wish.parties.slice(0, MOST_LEGS);
  if (parties.length < wish.parties.length)
    dialler.note(`${wish.parties.length - parties.length} parties beyond the first ${MOST_LEGS} are left out`);
  const groups = wish.sequential ? parties.map((party) => [party]) : [parties];
  const outcomes: LegOutcome[] = [];
  for (const group of groups) {
    if (until.aborted) break;
    const { winner, others } = await race(dialler, wish, { group, until });
    if (winner) return talk(dialler, wish, { leg: winner, until });
    outcomes.push(...others);
  }
  return until.aborted ? { kind: 'canceled', status: null, talked: 0 } : mostTelling(outcomes);
}

/** Has a group ring; resolves to the first that answers, or to what they all came to. */
async function race(
  dialler: Dialler,
  wish: DialWish,
  { group, until }: { group: readonly Party[]; until: AbortSignal },
): Promise<{ winner: Leg | null; others: LegOutcome[] }> {
  const calls = group.map((party) => ({ party, leg: openLeg(dialler, wish, party) }));
  const legs = calls.map(({ leg }) => leg);
  const endAll = (): void => legs.forEach((leg) => leg.end());
  until.addEventListener('abort', endAll, { once: true });
  const { promise, resolve } = Promise.withResolvers<Leg | null>();
  const follow = async ({ party, leg }: { party: Party; leg: Leg }): Promise<void> => {
    if (!(await leg.answered)) return;
    // What it says to the application is not for the caller.
    leg.media.connect(undefined);
    if (await dialler.prepare(leg, party)) resolve(leg);
    else leg.end();
  };
  for (const call of calls) {
    void follow(call);
    call.leg.start();
  }
  void Promise.all(legs.map((leg) => leg.ended)).then(() => resolve(null));
  const winner = await promise;
  until.removeEventListener('abort', endAll);
  for (const leg of legs) if (leg !== winner) leg.end();
  if (winner && until.aborted) winner.end();
  return { winner, others: winner ? [] : await Promise.all(legs.map((leg) => leg.ended)) };
}

function openLeg(dialler: Dialler, { onProgress, answerOnBridge, earlyMedia }: DialWish, party: Party): Leg {
  let rang = false;
  const tell = (state: Progress['state'], outcome?: LegOutcome): void => {
    try {
      onProgress?.({ party, leg: leg.callId, state, ...(outcome && { outcome }) });
    } catch (error) {
      dialler.crashed(error);
    }
  };
  const leg = dialler.openLeg(party, (speaks) => {
    if (speaks && earlyMedia)
      hearEarly(dialler, leg, { ring: answerOnBridge, heard: () => tell('early-media') }).catch((error: unknown) => {
        if (!(error instanceof CallGone)) dialler.crashed(error);
      });
    else if (!rang && answerOnBridge) dialler.ring();
    if (!rang) tell('ringing');
    rang = true;
  });
  const name = party.kind === 'number' ? party.number : party.uri;
  dialler.note(`dials ${name} in the call ${leg.callId}`);
  tell('initiated');
  const follow = async (): Promise<void> => {
    if (await leg.answered) tell('answered');
    const outcome = await leg.ended;
    const { kind, status } = outcome;
    dialler.note(`the call to ${name} ended: ${kind}${status === null ? '' : `, ${status}`}`);
    tell('completed', outcome);
  };
  void follow();
  return leg;
}

/** Has the caller hear what a leg says before it answers; `ring`: one that cannot be had to is told that it rings. */
async function hearEarly(
  dialler: Dialler,
  leg: Leg,
  { ring, heard }: { ring: boolean; heard: () => void },
): Promise<void> {
  // Two at once would be noise.
  const { media } = dialler.end;
  if (media.connected) return;
  const hears = await dialler.progress();
  if (!hears && ring) dialler.ring();
  if (!hears || leg.media.closed || leg.session || media.connected) return;
  media.connect(leg.media, 'hears');
  heard();
}

/** Joins the caller with the party that answered, until one of them has enough. */
async function talk(
  dialler: Dialler,
  { media, longest }: DialWish,
  { leg, until }: { leg: Leg; until: AbortSignal },
): Promise<LegOutcome> {
  const end = (): void => leg.end();
  until.addEventListener('abort', end, { once: true });
  const limit = longest === null ? null : dialler.clock.after(longest, end);
  const callee: BridgeEnd = { media: leg.media, session: () => leg.session };
  let bridge: Bridge | null = null;
  try {
    const join = media === 'direct' ? connectDirectly : relay;
    bridge = await join(dialler.end, callee, () => dialler.answer());
    if (media === 'direct' && bridge.relayed) dialler.note('an end refused the direct way; media is passed on here');
    dialler.joined(leg);
    return await leg.ended;
  } finally {
    // Also where the caller could not be answered: nobody is left on an open line.
    leg.end();
    dialler.joined(null);
    until.removeEventListener('abort', end);
    limit?.cancel();
    await bridge?.leave();
  }
}
