import type { TwilioCalls } from '../dialects/twilio/calls/open.ts';
import type { CallEvent } from '../journal/event.ts';

/** Whether `tellOfCall` may have a use for it: other events need not cross from thread to thread. */
export function tellsOfCall(event: CallEvent): boolean {
  if (event.kind === 'decision') return event.decision.verdict === 'admit' && !event.attempt?.leg;
  return event.kind === 'answer' || event.kind === 'end' || (event.kind === 'refusal' && event.method === 'INVITE');
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
