import type { TwilioCalls } from '../dialects/twilio/calls/open.ts';
import { DIALECT } from '../dialects/twilio/documents.ts';
import type { CallEvent } from '../journal/event.ts';
import { Recent } from '../kit/recent.ts';

/** Calls that are told of at once: as many as the list follows. */
const MOST_CALLS = 50_000;

/** Passes on what `tellOfCall` has a use for: of other calls nothing needs to cross from thread to thread. */
export function callsToTell(pass: (event: CallEvent) => void): (event: CallEvent) => void {
  const told = new Recent<string, true>(MOST_CALLS);
  return (event) => {
    const { kind, callId } = event;
    if (kind === 'decision' && event.decision.verdict === 'admit' && event.decision.trunk?.startsWith(`${DIALECT}:`))
      told.set(callId, true);
    else if (!told.has(callId)) return;
    if (kind === 'decision' || kind === 'answer' || kind === 'refusal' || kind === 'end') pass(event);
    if (kind === 'end') told.delete(callId);
  };
}

/** Tells a vendor's list of calls what happened to one that came or went by a trunk. */
export function tellOfCall(calls: TwilioCalls['trunkCalls'], event: CallEvent): void {
  const { callId } = event;
  if (event.kind === 'decision') {
    // What an application calls is in the list by itself.
    if (!event.attempt?.leg) calls.judged(callId, event.decision);
  } else if (event.kind === 'answer') calls.answered(callId, event.status);
  else if (event.kind === 'refusal' && event.method === 'INVITE') calls.answered(callId, event.status);
  else if (event.kind === 'end') calls.ended(callId);
}
