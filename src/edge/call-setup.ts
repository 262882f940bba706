import type { CallSink } from '../journal/event.ts';
import { hostPort } from '../kit/ip.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { Destination } from '../sip/resolve.ts';
import type { ClientTransaction, ServerTransaction } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import { ownAnswer } from './answers.ts';
import { Candidates, type Candidate } from './candidates.ts';
import {
  AFTER_TRYING,
  better,
  CANCEL_WAIT,
  FIRST_ANSWER,
  isOfServer,
  meaningOf,
  MOST_ATTEMPTS,
  SETUP_BUDGET,
  statusForCaller,
  TIMER_C,
} from './failover.ts';
import { returnResponse } from './forwarding.ts';
import { keyOf, type Health } from './health.ts';
import { calleeSide, type Side } from './identity.ts';
import type { Place } from './places.ts';
import { redirectionOf } from './redirect.ts';
import { endUnwantedCall } from './unwanted-call.ts';
import type { Outbound } from './outbound.ts';

export interface CallSetupParts {
  readonly outbound: Outbound;
  readonly health: Health;
  readonly journal: CallSink;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** Whether our carriers speak from this address. */
  readonly isCarrier: (destination: Destination) => boolean;
  /** Hears of agents that are tried. */
  readonly agents: AgentWatch;
  /** Asked when a place answers 302: whether the call goes on without this set-up, which then says no more. */
  readonly moved: (place: Place, response: SipResponse) => boolean;
  /** Called with the first 2xx. */
  readonly answered: (response: SipResponse) => void;
  /** Called once, when the caller has the final answer. */
  readonly finished: () => void;
}

/** What is told of a call that is tried at an agent. */
export interface AgentWatch {
  /** One place is about to be tried, and the one before is not any more. */
  trying(place: Place): void;
  answered(agent: string, status: number): void;
  silent(agent: string): void;
  ended(agent: string, answered: boolean): void;
}

/** What was decided about a call, and the places to try for it. */
export interface PlannedCall {
  readonly decision: Decision;
  readonly places: readonly Place[];
  /** Whether the caller has been told already that it is tried. */
  readonly continued: boolean;
}

/** One try of one address of one target. */
interface Attempt extends Candidate {
  readonly begunAt: number;
  client: ClientTransaction | null;
  /** Given up: whatever still comes of it is not for the caller. */
  abandoned: boolean;
  answered: boolean;
}

/** An admitted call on its way: tries the targets one after the other until one answers (RFC 3261 §16.6, §16.7). */
export class CallSetup {
  readonly #parts: CallSetupParts;
  readonly #transaction: ServerTransaction;
  readonly #decision: Decision;
  readonly #continued: boolean;
  readonly #answerer: Side;
  readonly #callId: string;
  readonly #candidates: Candidates;
  #attempts = 0;
  readonly #begunAt: number;
  #current: Attempt | null = null;
  #best: { status: number; response: SipResponse | null; own: boolean } | null = null;
  #timer: Timer | null = null;
  #cancelled = false;
  #finished = false;

  constructor(parts: CallSetupParts, transaction: ServerTransaction, { decision, places, continued }: PlannedCall) {
    this.#parts = parts;
    this.#transaction = transaction;
    this.#decision = decision;
    this.#continued = continued;
    this.#answerer = calleeSide(decision.direction);
    this.#callId = transaction.request.callId ?? '';
    const { outbound, health } = parts;
    this.#candidates = new Candidates(places, {
      locate: (target) => outbound.locatePlace(target),
      health,
      urgent: isEmergency(decision),
    });
    this.#begunAt = parts.clock.now();
  }

  /** `request` is the caller's INVITE, made ready for the other side but for target and Via. */
  start(request: SipRequest): void {
    if (!this.#continued) this.#transaction.respond(ownAnswer(this.#transaction, 100));
    this.#tryNext(request);
  }

  /** The caller hung up before an answer (RFC 3261 §16.10); `reason` is the value of its Reason header (RFC 3326). */
  cancel(reason?: string): void {
    if (this.#finished || this.#cancelled) return;
    this.#cancelled = true;
    const attempt = this.#current;
    if (!attempt?.client) return this.#giveUp(487);
    attempt.client.cancel(reason);
    // A target that never said anything owes no 487: the caller need not wait for it.
    if (!attempt.answered) {
      this.#abandon(attempt, 'cancelled');
      return this.#giveUp(487);
    }
    this.#arm(CANCEL_WAIT, () => {
      this.#abandon(attempt, 'cancelled');
      this.#giveUp(487);
    });
  }

  #tryNext(request: SipRequest): void {
    this.#current = null;
    const late = this.#parts.clock.now() - this.#begunAt > SETUP_BUDGET;
    if (late || this.#attempts >= MOST_ATTEMPTS) return this.#giveUp(null);
    this.#attempts += 1;
    const next = this.#candidates.next();
    if (next instanceof Promise) void next.then((candidate) => this.#begin(request, candidate));
    else this.#begin(request, next);
  }

  #begin(request: SipRequest, candidate: Candidate | undefined): void {
    if (this.#finished) return;
    if (!candidate) return this.#giveUp(null);
    const { clock, health, outbound } = this.#parts;
    const attempt: Attempt = { ...candidate, begunAt: clock.now(), client: null, abandoned: false, answered: false };
    this.#current = attempt;
    const { destination, target } = attempt;
    // A customer's gateway must not send a call to a carrier, where nobody would have judged it.
    const astray = target.redirected === true && destination !== null && this.#parts.isCarrier(destination);
    // What is not asked shows nothing of itself.
    if (astray) attempt.answered = true;
    if (!destination || astray) return this.#failed(request, attempt, 'unreachable');
    if (isGateway(attempt)) health.used(destination);
    this.#parts.agents.trying(target);
    try {
      this.#invite(request, attempt, outbound.flowToward(target, destination));
    } catch (error) {
      // A fault of ours: the call must neither hang nor count as one in set-up for ever.
      this.#parts.onError(error);
      // It says nothing of the gateway.
      attempt.answered = true;
      this.#failed(request, attempt, 'unreachable');
    }
  }

  #invite(request: SipRequest, attempt: Attempt, flow: Flow): void {
    attempt.client = this.#parts.outbound.invite(
      request,
      attempt.target,
      flow,
      { received: this.#transaction, decision: this.#decision },
      {
        response: (response) => this.#onResponse(request, attempt, response),
        failed: (cause) => this.#failed(request, attempt, cause === 'timeout' ? 'timeout' : 'unreachable'),
      },
    );
    this.#expect(FIRST_ANSWER, request, attempt);
  }

  #onResponse(request: SipRequest, attempt: Attempt, response: SipResponse): void {
    const { status } = response;
    this.#noteLife(attempt, response);
    if (status >= 200 && status < 300) return this.#onSuccess(attempt, response);
    if (attempt.abandoned || this.#finished) return;
    if (status < 200) return this.#onProvisional(request, attempt, response);
    this.#note(attempt, status);
    if (status === 302 && !this.#cancelled && this.#parts.moved(attempt.target, response)) return this.#over();
    const elsewhere = this.#cancelled ? undefined : redirectionOf(response, attempt.target);
    // RFC 3261 §16.7 step 4: a redirection that is followed is no answer.
    if (!elsewhere) this.#keep(status, response);
    if (!isOfServer(status)) this.#candidates.skipTarget();
    if (elsewhere) {
      this.#candidates.tryFirst(elsewhere);
      return this.#tryNext(request);
    }
    const { group, route } = attempt.target;
    const meaning = meaningOf(status, route.failover);
    if (meaning === 'leave-group' && group !== undefined) this.#candidates.skipGroup(group);
    if (!this.#cancelled && meaning !== 'final') this.#tryNext(request);
    else this.#giveUp(null);
  }

  #onProvisional(request: SipRequest, attempt: Attempt, response: SipResponse): void {
    if (this.#cancelled) return;
    if (response.status === 100) return this.#expect(AFTER_TRYING, request, attempt);
    this.#arm(TIMER_C, () => {
      attempt.client?.cancel();
      this.#failed(request, attempt, 'timeout');
    });
    this.#return(attempt, response);
  }

  #onSuccess(attempt: Attempt, response: SipResponse): void {
    // Somebody else has answered, or the caller was told that nobody did: this callee must not wait on an open line.
    if (attempt.abandoned) return endUnwantedCall(attempt.client, response, this.#parts.outbound);
    if (!this.#finished) {
      this.#note(attempt, response.status);
      this.#parts.answered(response);
      this.#finish(response.status);
    }
    this.#return(attempt, response);
  }

  /** Passes on an answer that makes a dialog. */
  #return({ client }: Attempt, response: SipResponse): void {
    const copy = returnResponse(response, this.#answerer);
    if (client) this.#parts.outbound.bindRoutes(copy, client);
    this.#transaction.respond(copy);
  }

  #failed(request: SipRequest, attempt: Attempt, cause: 'timeout' | 'unreachable'): void {
    if (this.#finished || attempt.abandoned) return;
    this.#abandon(attempt, cause);
    if (isGateway(attempt) && !attempt.answered) this.#parts.health.failed(attempt.destination, attempt.begunAt);
    const { agent } = attempt.target;
    if (agent !== undefined && !attempt.answered && !this.#cancelled) this.#parts.agents.silent(agent);
    this.#keep(cause === 'timeout' ? 408 : 500, null);
    if (this.#cancelled) this.#giveUp(487);
    else this.#tryNext(request);
  }

  /** Gives the target `time` to say more, if there is another one to try. */
  #expect(time: number, request: SipRequest, attempt: Attempt): void {
    this.#arm(this.#candidates.more ? time : TIMER_C, () => {
      attempt.client?.cancel();
      this.#failed(request, attempt, 'timeout');
    });
  }

  /** Any answer is a sign of life; a 503 may say for how long its sender wants to be left alone. */
  #noteLife(attempt: Attempt, { status, headers }: SipResponse): void {
    const { answered } = attempt;
    attempt.answered = true;
    const { agent } = attempt.target;
    if (agent !== undefined) this.#parts.agents.answered(agent, status);
    if (!isGateway(attempt)) return;
    const { destination } = attempt;
    if (!answered) this.#parts.health.answered(destination);
    const seconds = status === 503 ? retryAfterOf(headers.get('retry-after')) : undefined;
    if (seconds !== undefined) this.#parts.health.unavailable(destination, seconds);
  }

  #abandon(attempt: Attempt, status: 'timeout' | 'unreachable' | 'cancelled'): void {
    attempt.abandoned = true;
    this.#note(attempt, status);
  }

  #keep(status: number, response: SipResponse | null): void {
    const own = this.#current?.target.application !== undefined;
    if (!this.#best || better(status, this.#best.status) === status) this.#best = { status, response, own };
  }

  /** Answers the caller with `status`, or with the best that the targets gave. */
  #giveUp(status: number | null): void {
    const best = status === null ? this.#best : null;
    if (status === null && !best) return this.#turnAway();
    const given = best?.status ?? status ?? 408;
    // What an application says is our own word, and goes to the caller as it is.
    const shown = best?.own ? given : statusForCaller(given);
    const response =
      best?.response && shown === given
        ? returnResponse(best.response, this.#answerer)
        : ownAnswer(this.#transaction, shown);
    this.#finish(shown);
    this.#transaction.respond(response);
  }

  /** Not one target was tried: all asked to be left alone for a while, so this gate serves nobody now. */
  #turnAway(): void {
    const until = this.#candidates.waitingUntil;
    const response = ownAnswer(this.#transaction, until === null ? 408 : 503);
    if (until !== null) {
      const seconds = Math.max(Math.ceil((until - this.#parts.clock.now()) / 1000), 1);
      response.headers.append('Retry-After', String(seconds));
    }
    this.#finish(response.status);
    this.#transaction.respond(response);
  }

  #over(): void {
    this.#finished = true;
    this.#timer?.cancel();
  }

  #finish(status: number): void {
    this.#over();
    this.#parts.journal.record({ kind: 'answer', callId: this.#callId, at: this.#parts.clock.now(), status });
    this.#parts.finished();
  }

  #note({ target, destination, begunAt }: Attempt, status: number | 'timeout' | 'unreachable' | 'cancelled'): void {
    const at = this.#parts.clock.now();
    if (target.agent !== undefined && status !== 'cancelled')
      this.#parts.agents.ended(target.agent, typeof status === 'number' && status < 300);
    const { host, port, transport } = target.route;
    this.#parts.journal.record({
      kind: 'attempt',
      callId: this.#callId,
      at,
      trunk: target.trunk,
      target: destination ? keyOf(destination) : `${transport ?? 'sip'}:${hostPort(host, port)}`,
      status,
      took: at - begunAt,
    });
  }

  #arm(delay: number, action: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(delay, action);
  }
}

/**
 * Telephones are not watched: they come and go, and tell of it by registering. Nor is the voice endpoint, which is a part
 * of this gate, nor what an application names, which tells nothing of a gateway.
 */
function isGateway(attempt: Attempt): attempt is Attempt & { readonly destination: Destination } {
  const { destination, target } = attempt;
  const watched = target.application === undefined && target.uri === undefined && target.agent === undefined;
  return destination !== null && target.binding === null && watched;
}

/** The checks let no call to anything but a full number through, emergency numbers excepted, and where people dial. */
function isEmergency({ direction, called, dialled }: Decision): boolean {
  if (dialled) return dialled.type === 'emergency';
  return direction === 'termination' && called !== null && !called.startsWith('+');
}

/** Seconds of a Retry-After header (RFC 3261 §20.33); comments and parameters may follow. */
function retryAfterOf(value: string | undefined): number | undefined {
  const digits = /^\d{1,9}/.exec(value ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}
