import { hash } from 'node:crypto';
import type { CallSink } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import { ThreadLost } from '../kit/remote.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import { reasonOf, type ReasonCode } from '../rulebook/decide/reasons.ts';
import type { ParseFault } from '../sip/message/fault.ts';
import { createResponse, type SipRequest } from '../sip/message/message.ts';
import type { ServerTransaction } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Guard } from './abuse/guard.ts';
import type { Answers } from './answers.ts';

/** Says no for the edge's own reasons, and journals each. */
export class Refusals {
  readonly #answers: Answers;
  readonly #journal: CallSink;
  readonly #clock: Clock;
  readonly #guard: Guard;
  readonly #onError: (error: unknown) => void;

  constructor(parts: {
    answers: Answers;
    journal: CallSink;
    clock: Clock;
    guard: Guard;
    onError: (error: unknown) => void;
  }) {
    this.#onError = parts.onError;
    this.#answers = parts.answers;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#guard = parts.guard;
  }

  refuse(transaction: ServerTransaction, reason: ReasonCode): void {
    const { request, flow } = transaction;
    this.#record(reason, flow, request.callId ?? '', request.method);
    if (this.#silences(transaction, reason)) return;
    transaction.respondStatelessly(this.#answers.forReason(transaction, reason));
  }

  /** Says no because what had to be known could not be: it failed with `error`. */
  refuseFailed(transaction: ServerTransaction, error: unknown): void {
    // Nothing is wrong with whoever asks, so this is not kept from strangers.
    if (error instanceof ThreadLost) return this.refuseLate(transaction, 'count-missing');
    this.#onError(error);
    this.refuse(transaction, 'internal-error');
  }

  /** Says no to a call that was under way: the caller has heard of it, and waits until it hears this too. */
  refuseLate(transaction: ServerTransaction, reason: ReasonCode): void {
    const { request, flow } = transaction;
    this.#record(reason, flow, request.callId ?? '', request.method);
    transaction.respond(this.#answers.forReason(transaction, reason));
  }

  /** Says no for the rulebook, whose Decision is journaled already. */
  refuseFor(decision: Decision, transaction: ServerTransaction): void {
    if (decision.verdict === 'refuse' && !decision.sourceTrusted && this.#silences(transaction, decision.reason))
      return;
    transaction.respondStatelessly(this.#answers.forDecision(transaction, decision));
  }

  /** Tells the sender of a broken request what is wrong with it, once and without keeping state. */
  refuseBroken({ status, reason: text, request }: ParseFault, flow: Flow): void {
    if (!request) return;
    const reason = REASON_OF_FAULT.get(status) ?? 'malformed-request';
    this.#record(reason, flow, request.callId ?? '', request.method);
    if (this.#guard.silences(flow)) return this.#recordDrop(reason, flow, request.callId ?? '');
    flow.send(createResponse(request, status, text, tagFor(request)).print());
  }

  /** Whether a refusal is kept from its sender: then the transaction is over, and the journal has noted that. */
  #silences(transaction: ServerTransaction, reason: ReasonCode): boolean {
    const { request, flow } = transaction;
    if (!this.#guard.silences(flow)) return false;
    this.#recordDrop(reason, flow, request.callId ?? '');
    transaction.drop();
    return true;
  }

  #recordDrop(reason: ReasonCode, flow: Flow, callId: string): void {
    const source = { transport: flow.transport, ...flow.remote };
    this.#journal.record({ kind: 'drop', callId, at: this.#clock.now(), source, reason, packets: 1 });
  }

  #record(reason: ReasonCode, flow: Flow, callId: string, method: string): void {
    const source = { transport: flow.transport, ...flow.remote };
    this.#journal.record({
      kind: 'refusal',
      callId,
      at: this.#clock.now(),
      source,
      method,
      reason,
      status: reasonOf(reason).status,
    });
  }
}

/** The same for every repeat, without keeping it (RFC 3261 §8.2.7). */
function tagFor({ headers, callId = '' }: SipRequest): string {
  return hash('sha256', `${callId} ${headers.get('via')}`).slice(0, 20);
}

const REASON_OF_FAULT: ReadonlyMap<number, ReasonCode> = new Map([
  [413, 'message-too-large'],
  [414, 'message-too-large'],
  [513, 'message-too-large'],
  [505, 'version-not-supported'],
]);
