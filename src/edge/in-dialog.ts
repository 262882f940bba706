import type { CallSink } from '../journal/event.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { targetOf } from '../sip/resolve.ts';
import type { ClientTransaction, ServerTransaction } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import { parseUri, type SipUri } from '../sip/uri.ts';
import type { OwnAddresses } from './addresses.ts';
import type { Calls } from './calls.ts';
import type { CarrierList } from './carriers.ts';
import { ownAnswer } from './answers.ts';
import { statusForCaller, TIMER_C } from './failover.ts';
import { nextUri, returnResponse } from './forwarding.ts';
import { assertedIdentity, calleeSide, callerSide, screen, type Side } from './identity.ts';
import { isWayToOtherEnd, leadsToOtherEnd } from './long-call.ts';
import type { Received } from './loop-check.ts';
import type { Outbound } from './outbound.ts';
import type { Refusals } from './refusals.ts';
import type { Onward, RouteSet } from './route-set.ts';
import type { RouteClaim } from './route-token.ts';
import type { Transfers } from './transfer.ts';

export interface InDialogParts {
  readonly addresses: OwnAddresses;
  readonly routes: RouteSet;
  readonly transfers: Transfers;
  readonly outbound: Outbound;
  readonly refusals: Refusals;
  readonly calls: Calls;
  readonly carriers: CarrierList;
  readonly journal: CallSink;
  readonly clock: Clock;
}

/** The way to the next hop. */
interface Way {
  readonly flow: Flow;
  /** What the request names, which led to that flow; null where nothing but this very flow leads there. */
  readonly next: SipUri | null;
}

/** Routes the requests of established calls by what they carry; keeps nothing between them (RFC 3261 §16.4, §16.12). */
export class InDialog {
  readonly #parts: InDialogParts;

  constructor(parts: InDialogParts) {
    this.#parts = parts;
  }

  /** Takes any in-dialog request but ACK. Returns the way to cancel it, for a re-INVITE. */
  route(request: SipRequest, transaction: ServerTransaction): { cancel(reason?: string): void } | undefined {
    const onward = this.#parts.routes.takeOff(request);
    if (!onward) {
      this.#parts.refusals.refuse(transaction, 'dialog-unknown');
      return undefined;
    }
    if (request.method === 'INVITE' && isMadeUp(onward.claim)) {
      this.#parts.refusals.refuse(transaction, 'dialog-unknown');
      return undefined;
    }
    if (request.method !== 'REFER') return this.#pass(request, transaction, onward);
    const allowed = this.#parts.transfers.allows(transaction, onward.claim);
    if (allowed === true) return this.#pass(request, transaction, onward);
    if (allowed instanceof Promise)
      allowed
        .then((yes) => yes && this.#pass(request, transaction, onward))
        .catch((error: unknown) => this.#parts.refusals.refuseFailed(transaction, error));
    return undefined;
  }

  #pass(request: SipRequest, transaction: ServerTransaction, onward: Onward): Passage {
    this.#parts.calls.passed(request, onward.claim.sender);
    const passage = new Passage(this.#parts, transaction, onward);
    this.#prepare(onward);
    this.#nextHop(
      onward,
      (way) => {
        if (this.#opensCall(onward, way)) this.#parts.refusals.refuse(transaction, 'dialog-unknown');
        else passage.send(way);
      },
      () => transaction.respond(ownAnswer(transaction, 404)),
    );
    return passage;
  }

  /** Passes an ACK of a 2xx on; one of no dialog of ours falls silent, for ACK has no answer. */
  acknowledge(received: Received): void {
    const onward = this.#parts.routes.takeOff(received.request);
    if (!onward) return;
    this.#prepare(onward);
    this.#nextHop(
      onward,
      ({ flow, next }) => this.#parts.outbound.pass(onward.request, flow, { received, only: next === null }),
      () => {},
    );
  }

  #prepare({ request, claim }: Onward): void {
    // The number is the caller's in a call within the company, where either end may send.
    const number = claim.direction === 'internal' && claim.sender === 'callee' ? null : claim.number;
    screen(request, sideOf(claim), assertedIdentity(number, this.#parts.addresses));
  }

  /** The next route, else the flow of the other end, else the Request-URI. */
  #nextHop({ request, last, leaves }: Onward, send: (way: Way) => void, unreachable: () => void): void {
    const via = leaves ?? undefined;
    const back = last.sender === 'callee' ? last.callerFlow : last.calleeFlow;
    if (!request.headers.has('route') && back)
      return send({ flow: this.#parts.outbound.flowBack(back, via), next: null });
    const next = nextUri(request);
    const uri = next === request.uri ? request.target : parseUri(next);
    const target = uri && targetOf(uri);
    if (!target) return unreachable();
    const flow = this.#parts.outbound.flowTo(target, via);
    if (flow instanceof Promise) flow.then((found) => send({ flow: found, next: uri }), unreachable);
    else send({ flow, next: uri });
  }

  /** Whether an INVITE leads to a carrier that is no end of this call: it would take it for a new one that was judged. */
  #opensCall(onward: Onward, { flow, next }: Way): boolean {
    const { carriers, calls, addresses } = this.#parts;
    const { request, claim } = onward;
    if (request.method !== 'INVITE' || next === null || !carriers.includes(flow.remote)) return false;
    const call = calls.answeredCall(request, claim.sender);
    if (call) return !isWayToOtherEnd(call, next, onward, addresses);
    // After a restart without memory, or of a second callee: then only who called a carrier may mean one.
    return claim.sender === 'callee' || otherSide(sideOf(claim)) !== 'carrier';
  }
}

/** Their success agrees anew until when the session lasts (RFC 4028 §7.4). */
const REFRESHES: ReadonlySet<string> = new Set(['INVITE', 'UPDATE']);

/** One request on its way through an established call. */
class Passage {
  readonly #parts: InDialogParts;
  readonly #transaction: ServerTransaction;
  readonly #onward: Onward;
  #client: ClientTransaction | null = null;
  #cancelled: { readonly reason: string | undefined } | null = null;
  #timerC: Timer | null = null;

  constructor(parts: InDialogParts, transaction: ServerTransaction, onward: Onward) {
    this.#parts = parts;
    this.#transaction = transaction;
    this.#onward = onward;
    if (this.#isInvite) transaction.respond(ownAnswer(transaction, 100));
  }

  get #isInvite(): boolean {
    return this.#transaction.request.method === 'INVITE';
  }

  send({ flow, next }: Way): void {
    const transaction = this.#transaction;
    const user = {
      response: (response: SipResponse) => this.#onResponse(response),
      // RFC 3261 §16.9: as if 503 had come. A non-INVITE that timed out is not answered (RFC 4320 §4.2).
      failed: (cause: 'timeout' | 'transport') => {
        this.#timerC?.cancel();
        this.#free(null);
        transaction.respond(ownAnswer(transaction, cause === 'timeout' ? 408 : statusForCaller(503)));
      },
    };
    this.#client = this.#parts.outbound.send(this.#onward.request, flow, user, {
      received: transaction,
      only: next === null,
    });
    if (this.#cancelled) this.#client.cancel(this.#cancelled.reason);
  }

  /** Cancels a re-INVITE; `reason` is the value of its Reason header (RFC 3326). */
  cancel(reason?: string): void {
    this.#cancelled = { reason };
    this.#client?.cancel(reason);
  }

  #onResponse(response: SipResponse): void {
    const { status } = response;
    const { request } = this.#transaction;
    if (status === 100) return;
    if (this.#isInvite) this.#watch(status);
    if (request.method === 'BYE' && status >= 200) this.#ended(status);
    if (REFRESHES.has(request.method) && status >= 200 && status < 300)
      this.#parts.calls.refreshed(request, response, {
        sender: this.#onward.claim.sender,
        heard: (call) => leadsToOtherEnd(call, this.#onward, this.#parts.addresses),
      });
    const shown = statusForCaller(status);
    const answerer = otherSide(sideOf(this.#onward.claim));
    this.#transaction.respond(
      shown === status ? returnResponse(response, answerer) : ownAnswer(this.#transaction, shown),
    );
  }

  /** Timer C (§16.6 step 11, §16.8): each 101-199 starts it anew; the client's own timer ends what a CANCEL does not. */
  #watch(status: number): void {
    this.#timerC?.cancel();
    if (status < 200) this.#timerC = this.#parts.clock.after(TIMER_C, () => this.#client?.cancel());
  }

  /** The place of an ended call in what its trunk may have at once. `status` is null when the BYE has no answer. */
  #free(status: number | null): void {
    const { request } = this.#transaction;
    if (request.method !== 'BYE') return;
    const { calls, addresses } = this.#parts;
    calls.ended(
      request,
      this.#onward.claim.sender,
      (call) => status !== null && isOver(status) && leadsToOtherEnd(call, this.#onward, addresses),
    );
  }

  #ended(status: number): void {
    this.#free(status);
    this.#parts.journal.record({
      kind: 'end',
      callId: this.#transaction.request.callId ?? '',
      at: this.#parts.clock.now(),
      by: this.#onward.claim.sender,
    });
  }
}

/** Whether who answered a BYE so has no call any more (RFC 3261 §12.2.1.2). */
function isOver(status: number): boolean {
  return status < 300 || status === 481;
}

/**
 * A customer who was let into one call must not open another within it: a carrier that takes an unknown To tag for a new
 * call would place it without asking the rulebook.
 */
function isMadeUp(claim: RouteClaim): boolean {
  return claim.sender === 'caller' && sideOf(claim) === 'customer' && !claim.isBound();
}

function sideOf({ sender, direction }: RouteClaim): Side {
  return sender === 'caller' ? callerSide(direction) : calleeSide(direction);
}

function otherSide(side: Side): Side {
  return side === 'carrier' ? 'customer' : 'carrier';
}
