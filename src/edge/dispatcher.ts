import type { CallSink } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import { listenerOf } from '../rulebook/decide/identify.ts';
import type { ReasonCode } from '../rulebook/decide/reasons.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import { mayBeEmergency } from '../rulebook/number-plan.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { codesOf } from '../sip/message/names.ts';
import type { ServerTransaction, TransactionUser } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { OwnAddresses } from './addresses.ts';
import type { Guard } from './abuse/guard.ts';
import type { Admission, Judged } from './admission.ts';
import type { AgentBoard } from './agents/agent-board.ts';
import { ownAnswer } from './answers.ts';
import { originOf, userOf, sourceOf, withoutPassword } from './asked.ts';
import type { Calls } from './calls.ts';
import type { CarrierList } from './carriers.ts';
import { CallSetup, type CallSetupParts } from './call-setup.ts';
import { CallWatch, type CallWatchParts } from './call-watch.ts';
import type { Health } from './health.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { InDialog } from './in-dialog.ts';
import { nameForwarder, prepareInvite } from './identity.ts';
import type { Place, Places } from './places.ts';
import type { LoopCheck } from './loop-check.ts';
import type { Outbound } from './outbound.ts';
import type { Overload } from './overload.ts';
import type { LineForwarding, MovedCall, Onward } from './line-forwarding.ts';
import { preflight } from './preflight.ts';
import type { Refusals } from './refusals.ts';
import type { Registrar } from './registrar/registrar.ts';
import type { RegistrationRelay } from './registrar/relay.ts';
import { askForRefreshes } from './session-timer.ts';

export interface DispatcherParts {
  readonly admission: Admission;
  readonly inDialog: InDialog;
  readonly registrar: Registrar;
  readonly forwarding: LineForwarding;
  readonly relay: RegistrationRelay;
  readonly places: Places;
  readonly heartbeat: Heartbeat;
  readonly outbound: Outbound;
  readonly health: Health;
  readonly agents: AgentBoard;
  readonly guard: Guard;
  readonly refusals: Refusals;
  readonly addresses: OwnAddresses;
  readonly rulebook: Rulebook;
  readonly loops: LoopCheck;
  readonly carriers: CarrierList;
  readonly calls: Calls;
  readonly overload: Overload;
  readonly journal: CallSink;
  readonly clock: Clock;
  /** Calls in set-up at once; above it new ones are told to come back. */
  readonly capacity: number;
  readonly onError: (error: unknown) => void;
}

/** A call to try at places. */
interface Trial {
  readonly decision: Decision;
  readonly places: readonly Place[];
  /** How often a line has forwarded it. */
  readonly forwardings: number;
}

/** Milliseconds in which the caller's ACK of an answer comes: the callee's first repeats and a slow round trip. */
const ACK_GRACE = 2000;

/** Takes each request to the part that serves it: this is the table of contents of the edge. */
export class Dispatcher implements TransactionUser {
  readonly #parts: DispatcherParts;
  readonly #setupParts: CallSetupParts;
  readonly #watchParts: CallWatchParts;
  /** INVITEs that were cancelled while they were decided. */
  readonly #calledOff = new WeakSet<ServerTransaction>();
  #setups = 0;
  #answeredAt = -ACK_GRACE;
  /** While draining no new call is taken. */
  draining = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    const { carriers, addresses } = parts;
    this.#setupParts = {
      ...parts,
      trustsUs: (to) => carriers.includes(to) || addresses.isOwn(to.address, to.port),
    };
    this.#watchParts = {
      ...parts,
      finished: (request) => this.#finished(request),
      moved: (call, transaction) => this.#moved(call, transaction),
    };
  }

  /** Resolves once the last answer has had time to be acknowledged. */
  acknowledged(): Promise<void> {
    const { clock } = this.#parts;
    const left = this.#answeredAt + ACK_GRACE - clock.now();
    return new Promise((resolve) => clock.after(Math.max(left, 0), resolve));
  }

  /** Calls in set-up. */
  get setups(): number {
    return this.#setups;
  }

  request(request: SipRequest, transaction: ServerTransaction): void {
    const fault = preflight(request, () => this.#parts.loops.caught(transaction));
    if (request.method === 'CANCEL') return this.#parts.refusals.refuse(transaction, 'transaction-unknown');
    if (fault) return this.#parts.refusals.refuse(transaction, fault);
    if (isMisspelt(request.method)) return this.#parts.refusals.refuse(transaction, 'method-unknown');
    if (request.to?.tag !== undefined) return this.#inDialog(request, transaction);
    if (request.method === 'INVITE') return this.#newCall(request, transaction);
    if (request.method === 'REGISTER') return this.#register(transaction);
    if (request.method === 'OPTIONS') return this.#parts.heartbeat.answer(transaction, originOf(transaction.flow));
    this.#parts.refusals.refuse(transaction, outsideOfDialog(request.method));
  }

  ack(request: SipRequest, flow: Flow): void {
    const received = { request, flow };
    if (!preflight(request, () => this.#parts.loops.caught(received))) this.#parts.inDialog.acknowledge(received);
  }

  cancel(request: SipRequest, transaction: ServerTransaction): void {
    if (transaction.cancellable) transaction.cancellable.cancel(request.headers.get('reason'));
    else this.#calledOff.add(transaction);
  }

  crashed(error: unknown): void {
    this.#parts.onError(error);
  }

  #inDialog(request: SipRequest, transaction: ServerTransaction): void {
    const sent = this.#parts.inDialog.route(request, transaction);
    // Nothing but an INVITE can be cancelled (RFC 3261 §9.1).
    if (sent && request.method === 'INVITE') transaction.cancellable = sent;
  }

  /** At a border the registrar of the telephone is elsewhere. */
  #register(transaction: ServerTransaction): void {
    const { rulebook, relay, registrar } = this.#parts;
    if (listenerOf(rulebook, { source: originOf(transaction.flow) })) relay.register(transaction);
    else registrar.register(transaction);
  }

  #newCall(request: SipRequest, transaction: ServerTransaction): void {
    if (this.draining) return this.#parts.refusals.refuse(transaction, 'draining');
    if (this.#isFull(request) && !mayBeEmergency(userOf(request.target) ?? ''))
      return this.#parts.refusals.refuse(transaction, 'overloaded');
    const judged = this.#parts.admission.judge(transaction);
    this.#when(judged, transaction, (decided) => this.#act(decided, transaction));
  }

  /** Goes on with what is known at once or has to be read first. */
  #when<Value>(
    value: Value | Promise<Value>,
    transaction: ServerTransaction,
    goOn: (value: Value) => void,
    giveUp?: () => void,
  ): void {
    if (!(value instanceof Promise)) return goOn(value);
    value.then(goOn).catch((error: unknown) => {
      giveUp?.();
      this.#parts.refusals.refuseFailed(transaction, error);
    });
  }

  #isFull({ headers }: SipRequest): boolean {
    const { admission, capacity, overload } = this.#parts;
    return this.#setups + admission.asking >= capacity || overload.sheds(headers.hasAny(ANSWERS));
  }

  #act({ attempt, decision, begun = false }: Judged, transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    this.#parts.journal.record({
      kind: 'decision',
      callId: request.callId ?? '',
      at: decision.at,
      source: sourceOf(flow),
      requestUri: withoutPassword(request.uri, request.target),
      from: withoutPassword(request.from?.uri ?? '', request.from?.address),
      decision,
      attempt: attempt.uri === '' ? attempt : { ...attempt, uri: withoutPassword(attempt.uri) },
    });
    if (decision.verdict !== 'admit') return this.#parts.refusals.refuseFor(decision, transaction);
    // Its place is taken before anything has to be read: calls that come meanwhile must find it taken.
    if (!begun) this.#parts.calls.begin(transaction, decision);
    const giveUp = (): void => this.#parts.calls.failed(request);
    const setUp = (places: readonly Place[]): void => {
      if (this.#calledOff.has(transaction)) {
        giveUp();
        return this.#tellCancelled(transaction);
      }
      if (places.length > 0) return this.#setUp(decision, places, transaction);
      giveUp();
      this.#parts.refusals.refuse(transaction, 'not-registered');
    };
    this.#when(this.#parts.places.of(decision.targets), transaction, setUp, giveUp);
  }

  /** RFC 3261 §9.2: the CANCEL was answered, and nobody has been asked yet. */
  #tellCancelled(transaction: ServerTransaction): void {
    const { journal, clock } = this.#parts;
    journal.record({ kind: 'answer', callId: transaction.request.callId ?? '', at: clock.now(), status: 487 });
    transaction.respond(ownAnswer(transaction, 487));
  }

  #setUp(decision: Decision, places: readonly Place[], transaction: ServerTransaction): void {
    this.#setups += 1;
    this.#try({ decision, places, forwardings: 0 }, transaction);
  }

  /** Tries the places; again with others when a line forwards the call. */
  #try({ decision, places, forwardings }: Trial, transaction: ServerTransaction): void {
    const { request } = transaction;
    const { addresses, rulebook } = this.#parts;
    const owns = (number: string): boolean => rulebook.owns(decision.account ?? '', number);
    const invite = prepareInvite(request, { decision, addresses, owns });
    if (forwardings > 0) nameForwarder(invite, decision, addresses);
    askForRefreshes(invite);
    const watch = new CallWatch(this.#watchParts, transaction, { decision, forwardings });
    const setup = new CallSetup(this.#setupParts, watch, transaction, {
      decision,
      places,
      invite,
      continued: forwardings > 0,
    });
    transaction.cancellable = setup;
    setup.start();
  }

  #finished(request: SipRequest): void {
    this.#setups -= 1;
    this.#answeredAt = this.#parts.clock.now();
    this.#parts.calls.failed(request);
  }

  /** A telephone sent the call elsewhere. False when that is for nobody to judge, and the 302 is an answer like others. */
  #moved(call: MovedCall, transaction: ServerTransaction): boolean {
    const onward = this.#parts.forwarding.judge(transaction, call);
    if (!onward) return false;
    const gone = new AbortController();
    transaction.cancellable = { cancel: () => gone.abort() };
    const { request } = transaction;
    const goOn = (known: Onward): void => this.#goOn(known, call, { transaction, gone: gone.signal });
    this.#when(onward, transaction, goOn, () => this.#finished(request));
    return true;
  }

  #goOn(
    onward: Onward,
    { forwardings }: MovedCall,
    { transaction, gone }: { transaction: ServerTransaction; gone: AbortSignal },
  ): void {
    const { refusals, places, calls } = this.#parts;
    const { request } = transaction;
    if (onward.outcome !== 'goes-on') {
      this.#finished(request);
      if (onward.outcome === 'refused') transaction.respond(onward.response);
      else refusals.refuseLate(transaction, 'forwarded-too-often');
      return;
    }
    const { decision, paid } = onward;
    const tryPlaces = (found: readonly Place[]): void => {
      if (found.length > 0 && !gone.aborted) {
        if (paid) calls.forwarded(request, paid);
        return this.#try({ decision, places: found, forwardings: forwardings + 1 }, transaction);
      }
      this.#finished(request);
      if (gone.aborted) transaction.respond(ownAnswer(transaction, 487));
      else refusals.refuseLate(transaction, 'not-registered');
    };
    this.#when(places.of(decision.targets), transaction, tryPlaces, () => this.#finished(request));
  }
}

/** Headers by which a challenge is answered (RFC 3261 §22). */
const ANSWERS = codesOf(['authorization', 'proxy-authorization']);

/** Methods that only ever belong to a dialog (RFC 3261 §12, RFC 3262, 3311, 6086, 6665). */
const DIALOG_ONLY = new Set(['BYE', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']);

/** Methods that are known and not served outside of a dialog (RFC 3261 §8.2.1). */
const KNOWN = new Set(['INVITE', 'OPTIONS', 'REGISTER', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE', 'REFER']);

/** Whether it is another method to us than to a lenient carrier, which would not be held to what we let pass (RFC 3261 §7.1). */
function isMisspelt(method: string): boolean {
  const usual = method.toUpperCase();
  return method !== usual && (KNOWN.has(usual) || DIALOG_ONLY.has(usual) || usual === 'ACK' || usual === 'CANCEL');
}

/** Why a request without a dialog is not served. */
function outsideOfDialog(method: string): ReasonCode {
  if (DIALOG_ONLY.has(method)) return 'dialog-unknown';
  return KNOWN.has(method) ? 'method-not-allowed' : 'method-unknown';
}
