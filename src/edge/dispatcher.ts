import type { CallSink } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import { listenerOf } from '../rulebook/decide/identify.ts';
import type { ReasonCode } from '../rulebook/decide/reasons.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import { mayBeEmergency } from '../rulebook/number-plan.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { Destination } from '../sip/resolve.ts';
import type { ServerTransaction, TransactionUser } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { OwnAddresses } from './addresses.ts';
import { packetOf, type Guard } from './abuse/guard.ts';
import type { Admission, Judged } from './admission.ts';
import type { AgentBoard } from './agents/agent-board.ts';
import { originOf, userAndHost, sourceOf, withoutPassword } from './asked.ts';
import type { Calls } from './calls.ts';
import type { CarrierList } from './carriers.ts';
import { CallSetup, type AgentWatch } from './call-setup.ts';
import type { Health } from './health.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { InDialog } from './in-dialog.ts';
import { prepareInvite } from './identity.ts';
import type { Place, Places } from './places.ts';
import type { LoopCheck } from './loop-check.ts';
import type { Outbound } from './outbound.ts';
import type { Overload } from './overload.ts';
import { preflight } from './preflight.ts';
import type { Refusals } from './refusals.ts';
import type { Registrar } from './registrar/registrar.ts';
import type { RegistrationRelay } from './registrar/relay.ts';
import { askForRefreshes } from './session-timer.ts';

export interface DispatcherParts {
  readonly admission: Admission;
  readonly inDialog: InDialog;
  readonly registrar: Registrar;
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

/** Milliseconds in which the caller's ACK of an answer comes: the callee's first repeats and a slow round trip. */
const ACK_GRACE = 2000;

/** Takes each request to the part that serves it: this is the table of contents of the edge. */
export class Dispatcher implements TransactionUser {
  readonly #parts: DispatcherParts;
  /** What a CANCEL reaches: calls in set-up and re-INVITEs on their way. */
  readonly #cancellable = new WeakMap<ServerTransaction, { cancel(reason?: string): void }>();
  #setups = 0;
  #answeredAt = -ACK_GRACE;
  /** While draining no new call is taken. */
  draining = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
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
    this.#cancellable.get(transaction)?.cancel(request.headers.get('reason'));
  }

  crashed(error: unknown): void {
    this.#parts.onError(error);
  }

  #inDialog(request: SipRequest, transaction: ServerTransaction): void {
    const sent = this.#parts.inDialog.route(request, transaction);
    if (sent) this.#cancellable.set(transaction, sent);
  }

  /** At a border the registrar of the telephone is elsewhere. */
  #register(transaction: ServerTransaction): void {
    const { rulebook, relay, registrar } = this.#parts;
    if (listenerOf(rulebook, { source: originOf(transaction.flow) })) relay.register(transaction);
    else registrar.register(transaction);
  }

  #newCall(request: SipRequest, transaction: ServerTransaction): void {
    if (this.draining) return this.#parts.refusals.refuse(transaction, 'draining');
    if (this.#isFull() && !mayBeEmergency(userAndHost(request.uri).user ?? ''))
      return this.#parts.refusals.refuse(transaction, 'overloaded');
    const judged = this.#parts.admission.judge(transaction);
    this.#when(judged, transaction, (decided) => this.#act(decided, transaction));
  }

  /** Goes on with what is known at once or has to be read first. */
  #when<Value>(value: Value | Promise<Value>, transaction: ServerTransaction, goOn: (value: Value) => void): void {
    if (!(value instanceof Promise)) return goOn(value);
    value.then(goOn).catch((error: unknown) => {
      this.#parts.onError(error);
      this.#parts.refusals.refuse(transaction, 'internal-error');
    });
  }

  #isFull(): boolean {
    return this.#setups >= this.#parts.capacity || this.#parts.overload.active;
  }

  #act({ attempt, decision }: Judged, transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    this.#parts.journal.record({
      kind: 'decision',
      callId: request.callId ?? '',
      at: decision.at,
      source: sourceOf(flow),
      requestUri: withoutPassword(request.uri),
      from: withoutPassword(request.from?.uri ?? ''),
      decision,
      attempt: attempt.uri === '' ? attempt : { ...attempt, uri: withoutPassword(attempt.uri) },
    });
    if (decision.verdict !== 'admit') return this.#parts.refusals.refuseFor(decision, transaction);
    this.#when(this.#parts.places.of(decision.targets), transaction, (places) =>
      this.#setUp(decision, places, transaction),
    );
  }

  #setUp(decision: Decision, places: readonly Place[], transaction: ServerTransaction): void {
    if (places.length === 0) return this.#parts.refusals.refuse(transaction, 'not-registered');
    this.#setups += 1;
    const { request } = transaction;
    const { outbound, health, journal, clock, addresses, rulebook, calls, onError } = this.#parts;
    calls.begin(transaction, decision);
    const answered = (response: SipResponse): void => {
      calls.answered(request, response);
      this.#parts.guard.access.proved(packetOf(transaction.flow));
    };
    const finished = (): void => {
      this.#setups -= 1;
      this.#answeredAt = this.#parts.clock.now();
      calls.failed(request);
    };
    const isCarrier = (destination: Destination): boolean => this.#parts.carriers.includes(destination);
    const parts = {
      outbound,
      health,
      journal,
      clock,
      onError,
      isCarrier,
      answered,
      finished,
      agents: this.#watchFor(request, decision),
    };
    const owns = (number: string): boolean => rulebook.owns(decision.account ?? '', number);
    const invite = prepareInvite(request, { decision, addresses, owns });
    askForRefreshes(invite);
    const setup = new CallSetup(parts, transaction, { decision, places, invite });
    this.#cancellable.set(transaction, setup);
    setup.start();
  }

  /** Tells the board of agents what becomes of a call. */
  #watchFor(request: SipRequest, decision: Decision): AgentWatch {
    const { agents, calls, clock } = this.#parts;
    return {
      trying: ({ counters = [], longestSeconds = Infinity }) => {
        const longest = Math.min(longestSeconds, decision.longestSeconds ?? Infinity);
        calls.trying(request, { counters, ...(longest < Infinity && { longestSeconds: longest }) });
        agents.tried(counters);
      },
      answered: (id, status) => {
        const held = agents.healthOf(id);
        held?.health.answered(held.agent, status, clock.now());
      },
      silent: (id) => {
        const held = agents.healthOf(id);
        held?.health.silent(held.agent, clock.now());
      },
      ended: (id, wasAnswered) => agents.ended(id, wasAnswered),
    };
  }
}

/** Methods that only ever belong to a dialog (RFC 3261 §12, RFC 3262, 3311, 6086, 6665). */
const DIALOG_ONLY = new Set(['BYE', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']);

/** Methods that are known and not served outside of a dialog (RFC 3261 §8.2.1). */
const KNOWN = new Set(['INVITE', 'OPTIONS', 'REGISTER', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE', 'REFER']);

/** Why a request without a dialog is not served. */
function outsideOfDialog(method: string): ReasonCode {
  if (DIALOG_ONLY.has(method)) return 'dialog-unknown';
  return KNOWN.has(method) ? 'method-not-allowed' : 'method-unknown';
}
