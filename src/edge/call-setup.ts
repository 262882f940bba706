import type { CallSink } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import { isEmergency, type Decision } from '../rulebook/decide/decision.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { Destination } from '../sip/resolve.ts';
import type { ServerTransaction } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { HeaderValue } from './agents/agent-credentials.ts';
import { ownAnswer } from './answers.ts';
import { attemptAt, isGateway, nameOf, type Attempt } from './attempt.ts';
import type { CallWatch } from './call-watch.ts';
import { Candidates, type Candidate, type CandidatesParts } from './candidates.ts';
import {
  AFTER_TRYING,
  CANCEL_WAIT,
  FIRST_ANSWER,
  isOfServer,
  meaningOf,
  MOST_ATTEMPTS,
  retryAfterOf,
  SETUP_BUDGET,
  statusForCaller,
  TIMER_C,
} from './failover.ts';
import { bestOf, type FinalAnswer } from './final-answer.ts';
import { returnResponse } from './forwarding.ts';
import type { Health } from './health.ts';
import { calleeSide, type Side } from './identity.ts';
import type { Place } from './places.ts';
import { redirectionOf } from './redirect.ts';
import { stagesOf, type Stage } from './stages.ts';
import { endUnwantedCall } from './unwanted-call.ts';
import type { Outbound } from './outbound.ts';

export interface CallSetupParts {
  readonly outbound: Outbound;
  readonly health: Health;
  readonly journal: CallSink;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** Whether what we send there is taken for judged: by our carriers, and by this gate where its address may call. */
  readonly trustsUs: (destination: Destination) => boolean;
}

/** What was decided about a call, the places to try for it, and its INVITE: ready to go out but for target and Via. */
export interface PlannedCall {
  readonly decision: Decision;
  readonly places: readonly Place[];
  readonly invite: SipRequest;
  /** Whether the caller has been told already that it is tried. */
  readonly continued: boolean;
}

/** Tells a telephone that rang beside others why it stops (RFC 3326). */
const ANSWERED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

/**
 * An admitted call on its way to the one who answers (RFC 3261 §16.6, §16.7): the lanes of a stage are tried at the same
 * time, the places of a lane one after the other.
 */
export class CallSetup {
  readonly #parts: CallSetupParts;
  readonly #watch: CallWatch;
  readonly #transaction: ServerTransaction;
  readonly #decision: Decision;
  readonly #invite: SipRequest;
  readonly #continued: boolean;
  readonly #answerer: Side;
  readonly #callId: string;
  readonly #stages: readonly Stage[];
  readonly #search: CandidatesParts;
  readonly #begunAt: number;
  #stage = 0;
  /** Lanes of the stage that have not come to their end. */
  #lanes = 0;
  /** Tries under way. */
  #live: Attempt[] = [];
  #attempts = 0;
  #best: FinalAnswer | null = null;
  /** The first 302 that was not followed. */
  #moved: { readonly place: Place; readonly response: SipResponse } | null = null;
  /** The callee said no: there is no further stage. */
  #declined = false;
  #cancelled = false;
  /** Nothing is begun any more, what is under way is called off. */
  #stopped = false;
  #finished = false;

  constructor(
    parts: CallSetupParts,
    watch: CallWatch,
    transaction: ServerTransaction,
    { decision, places, invite, continued }: PlannedCall,
  ) {
    this.#parts = parts;
    this.#watch = watch;
    this.#transaction = transaction;
    this.#decision = decision;
    this.#invite = invite;
    this.#continued = continued;
    this.#answerer = calleeSide(decision.direction);
    this.#callId = transaction.request.callId ?? '';
    this.#stages = stagesOf(places);
    const { outbound, health, clock } = parts;
    this.#search = { locate: (target) => outbound.locatePlace(target), health, urgent: isEmergency(decision) };
    this.#begunAt = clock.now();
  }

  start(): void {
    if (!this.#continued) this.#transaction.respond(ownAnswer(this.#transaction, 100));
    this.#nextStage();
  }

  /** The caller hung up before an answer (RFC 3261 §16.10); `reason` is the value of its Reason header (RFC 3326). */
  cancel(reason?: string): void {
    if (this.#finished || this.#cancelled) return;
    this.#cancelled = true;
    this.#stop(reason);
  }

  #nextStage(): void {
    const stage = this.#stages[this.#stage];
    if (!stage) return this.#giveUp(null);
    this.#stage += 1;
    this.#lanes = stage.length;
    for (const places of stage) this.#tryNext(new Candidates(places, this.#search));
  }

  #tryNext(lane: Candidates): void {
    const late = this.#parts.clock.now() - this.#begunAt > SETUP_BUDGET;
    if (late || this.#attempts >= MOST_ATTEMPTS) return this.#laneOver(lane);
    this.#attempts += 1;
    const next = lane.next();
    if (next instanceof Promise) void next.then((candidate) => this.#begin(lane, candidate));
    else this.#begin(lane, next);
  }

  #laneOver(lane: Candidates): void {
    this.#lanes -= 1;
    if (this.#lanes > 0) return;
    if (this.#declined || this.#stage === this.#stages.length) this.#giveUp(null, lane.waitingUntil);
    else this.#nextStage();
  }

  #begin(lane: Candidates, candidate: Candidate | undefined): void {
    if (this.#finished || this.#stopped) return;
    if (!candidate) return this.#laneOver(lane);
    const { clock, health, outbound } = this.#parts;
    const attempt = attemptAt(candidate, lane, clock.now());
    const { destination, target } = attempt;
    this.#live.push(attempt);
    // Neither a customer's gateway nor a contact may send a call where it would be taken for one that was judged.
    const named = target.redirected === true || target.binding?.flow === null;
    const astray = named && destination !== null && this.#parts.trustsUs(destination);
    // What is not asked shows nothing of itself.
    if (astray) attempt.answered = true;
    if (!destination || astray) return this.#failed(attempt, 'unreachable');
    if (isGateway(attempt)) health.used(destination);
    this.#watch.trying(target);
    try {
      this.#send(attempt, outbound.flowToward(target, destination));
    } catch (error) {
      // A fault of ours: the call must neither hang nor count as one in set-up for ever.
      this.#parts.onError(error);
      // It says nothing of the gateway.
      attempt.answered = true;
      this.#failed(attempt, 'unreachable');
    }
  }

  #send(attempt: Attempt, flow: Flow): void {
    attempt.client = this.#parts.outbound.invite(
      this.#invite,
      attempt.target,
      flow,
      { received: this.#transaction, decision: this.#decision },
      {
        response: (response) => this.#onResponse(attempt, response),
        failed: (cause, error) => {
          // It says nothing of the gateway.
          if (isTooLarge(error)) attempt.answered = true;
          this.#failed(attempt, cause === 'timeout' ? 'timeout' : 'unreachable');
        },
      },
    );
    this.#expect(FIRST_ANSWER, attempt);
  }

  #onResponse(attempt: Attempt, response: SipResponse): void {
    const { status } = response;
    this.#noteLife(attempt, response);
    if (status >= 200 && status < 300) return this.#onSuccess(attempt, response);
    if (attempt.abandoned || this.#finished) return;
    if (status < 200) return this.#onProvisional(attempt, response);
    const authorization = this.#authorization(attempt, response);
    if (authorization) return this.#sendAgain(attempt, authorization);
    this.#end(attempt, status);
    const elsewhere = this.#stopped ? undefined : redirectionOf(response, attempt.target);
    // RFC 3261 §16.7 step 4: a redirection that is followed is no answer.
    if (!elsewhere) this.#keep(attempt, status, response);
    if (status === 302 && !elsewhere) this.#moved ??= { place: attempt.target, response };
    if (this.#stopped) return this.#live.length > 0 ? undefined : this.#giveUp(null);
    const { lane, target } = attempt;
    if (!isOfServer(status)) lane.skipTarget();
    if (elsewhere) {
      lane.tryFirst(elsewhere);
      return this.#tryNext(lane);
    }
    const meaning = meaningOf(status, target.route.failover);
    if (meaning === 'leave-group' && target.group !== undefined) lane.skipGroup(target.group);
    if (meaning !== 'final') return this.#tryNext(lane);
    this.#declined = true;
    // RFC 3261 §16.7 step 5: the callee wants the call nowhere.
    if (status >= 600) this.#stop();
    else this.#laneOver(lane);
  }

  #authorization({ client, target }: Attempt, response: SipResponse): HeaderValue | undefined {
    if (this.#stopped || !client || target.agent === undefined) return undefined;
    return this.#watch.authorization(target.agent, client.request, response);
  }

  /** The same INVITE to the same place, with the answer to its challenge. */
  #sendAgain(attempt: Attempt, header: HeaderValue): void {
    const { target, destination } = attempt;
    if (!destination) return;
    attempt.target = { ...target, headers: [...target.headers, header] };
    this.#send(attempt, this.#parts.outbound.flowToward(target, destination));
  }

  #onProvisional(attempt: Attempt, response: SipResponse): void {
    if (this.#stopped) return;
    if (response.status === 100) return this.#expect(AFTER_TRYING, attempt);
    this.#giveTime(attempt, TIMER_C);
    this.#return(response);
  }

  #onSuccess(attempt: Attempt, response: SipResponse): void {
    // Somebody else has answered, or the caller was told that nobody did: this callee must not wait on an open line.
    if (attempt.abandoned) return endUnwantedCall(attempt.client, response, this.#parts.outbound);
    if (!this.#finished) {
      this.#end(attempt, response.status);
      for (const other of this.#live) {
        other.client?.cancel(ANSWERED_ELSEWHERE);
        this.#abandon(other, 'cancelled');
      }
      this.#watch.answered(response);
      this.#finish(response.status);
    }
    this.#return(response);
  }

  /** Passes on an answer that makes a dialog. */
  #return(response: SipResponse): void {
    this.#transaction.respond(returnResponse(response, this.#answerer));
  }

  #failed(attempt: Attempt, cause: 'timeout' | 'unreachable'): void {
    if (this.#finished || attempt.abandoned) return;
    this.#abandon(attempt, cause);
    if (isGateway(attempt) && !attempt.answered) this.#parts.health.failed(attempt.destination, attempt.begunAt);
    const { agent } = attempt.target;
    if (agent !== undefined && !attempt.answered && !this.#cancelled) this.#watch.agentSilent(agent);
    this.#keep(attempt, cause === 'timeout' ? 408 : 500, null);
    if (this.#stopped) this.#endIfSilent();
    else this.#tryNext(attempt.lane);
  }

  /** Calls off what is under way; the caller has its answer when all of it has said so. */
  #stop(reason?: string): void {
    this.#stopped = true;
    for (const attempt of this.#live) {
      attempt.client?.cancel(reason);
      // A target that never said anything owes no 487: the caller need not wait for it.
      if (attempt.answered) this.#arm(attempt, CANCEL_WAIT, () => this.#forget(attempt));
      else this.#abandon(attempt, 'cancelled');
    }
    this.#endIfSilent();
  }

  #forget(attempt: Attempt): void {
    this.#abandon(attempt, 'cancelled');
    this.#endIfSilent();
  }

  /** Ends a call that was called off, when nobody is left who may say something to it. */
  #endIfSilent(): void {
    if (this.#live.length === 0) this.#giveUp(this.#cancelled ? 487 : null);
  }

  /** Gives the target `time` to say more, if there is another one to try. */
  #expect(time: number, attempt: Attempt): void {
    const more = this.#stage < this.#stages.length || attempt.lane.more;
    this.#giveTime(attempt, more ? time : TIMER_C);
  }

  #giveTime(attempt: Attempt, time: number): void {
    this.#arm(attempt, time, () => {
      attempt.client?.cancel();
      this.#failed(attempt, 'timeout');
    });
  }

  #arm(attempt: Attempt, delay: number, action: () => void): void {
    attempt.timer?.cancel();
    // It may have failed while it was sent.
    if (!attempt.abandoned) attempt.timer = this.#parts.clock.after(delay, action);
  }

  /** Any answer is a sign of life; a 503 may say for how long its sender wants to be left alone. */
  #noteLife(attempt: Attempt, { status, headers }: SipResponse): void {
    const { answered } = attempt;
    attempt.answered = true;
    const { agent } = attempt.target;
    if (agent !== undefined) this.#watch.agentAnswered(agent, status);
    if (!isGateway(attempt)) return;
    const { destination } = attempt;
    if (!answered) this.#parts.health.answered(destination);
    const seconds = status === 503 ? retryAfterOf(headers.get('retry-after')) : undefined;
    if (seconds !== undefined) this.#parts.health.unavailable(destination, seconds);
  }

  #abandon(attempt: Attempt, status: 'timeout' | 'unreachable' | 'cancelled'): void {
    attempt.abandoned = true;
    this.#end(attempt, status);
  }

  #keep({ target }: Attempt, status: number, response: SipResponse | null): void {
    this.#best = bestOf(this.#best, { status, response, own: target.application !== undefined });
  }

  /**
   * Answers the caller with `status`, or with the best that the targets gave. `waitingUntil`: when the first of those
   * may be tried again that asked to be left alone.
   */
  #giveUp(status: number | null, waitingUntil: number | null = null): void {
    const moved = status === null && !this.#stopped ? this.#moved : null;
    if (moved && this.#watch.moved(moved.place, moved.response)) {
      this.#finished = true;
      return;
    }
    const best = status === null ? this.#best : null;
    if (status === null && !best) return this.#turnAway(waitingUntil);
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
  #turnAway(until: number | null): void {
    const response = ownAnswer(this.#transaction, until === null ? 408 : 503);
    if (until !== null) {
      const seconds = Math.max(Math.ceil((until - this.#parts.clock.now()) / 1000), 1);
      response.headers.append('Retry-After', String(seconds));
    }
    this.#finish(response.status);
    this.#transaction.respond(response);
  }

  #finish(status: number): void {
    this.#finished = true;
    this.#parts.journal.record({ kind: 'answer', callId: this.#callId, at: this.#parts.clock.now(), status });
    this.#watch.finished();
  }

  /** A try is over: nothing more is expected of it. */
  #end(attempt: Attempt, status: number | 'timeout' | 'unreachable' | 'cancelled'): void {
    attempt.timer?.cancel();
    this.#live = this.#live.filter((other) => other !== attempt);
    const { target, begunAt } = attempt;
    const at = this.#parts.clock.now();
    if (target.agent !== undefined && status !== 'cancelled')
      this.#watch.agentEnded(target.agent, typeof status === 'number' && status < 300);
    this.#parts.journal.record({
      kind: 'attempt',
      callId: this.#callId,
      at,
      trunk: target.trunk,
      target: nameOf(attempt),
      status,
      took: at - begunAt,
    });
  }
}

/** Whether no datagram could hold the request. */
function isTooLarge(error: NodeJS.ErrnoException | undefined): boolean {
  return error?.code === 'EMSGSIZE';
}
