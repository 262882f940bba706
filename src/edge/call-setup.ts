import type { CallSink } from '../journal/event.ts';
import { hostPort } from '../kit/ip.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import type { Decision, Target } from '../rulebook/decide/decision.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { ClientTransaction, ServerTransaction } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import { ownAnswer } from './answers.ts';
import {
  AFTER_TRYING,
  better,
  CANCEL_WAIT,
  FIRST_ANSWER,
  meaningOf,
  SETUP_BUDGET,
  statusForCaller,
  TIMER_C,
} from './failover.ts';
import { returnResponse } from './forwarding.ts';
import { calleeSide, type Side } from './identity.ts';
import { endUnwantedCall } from './unwanted-call.ts';
import type { Outbound } from './outbound.ts';

export interface CallSetupParts {
  readonly outbound: Outbound;
  readonly journal: CallSink;
  readonly clock: Clock;
  /** Called with the first 2xx. */
  readonly answered: (response: SipResponse) => void;
  /** Called once, when the caller has the final answer. */
  readonly finished: () => void;
}

/** One try of one target. */
interface Attempt {
  readonly target: Target;
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
  readonly #answerer: Side;
  readonly #callId: string;
  readonly #targets: Target[];
  readonly #begunAt: number;
  #current: Attempt | null = null;
  #best: { status: number; response: SipResponse | null } | null = null;
  #timer: Timer | null = null;
  #cancelled = false;
  #finished = false;

  constructor(parts: CallSetupParts, transaction: ServerTransaction, decision: Decision) {
    this.#parts = parts;
    this.#transaction = transaction;
    this.#decision = decision;
    this.#answerer = calleeSide(decision.direction);
    this.#callId = transaction.request.callId ?? '';
    this.#targets = [...decision.targets];
    this.#begunAt = parts.clock.now();
  }

  /** `request` is the caller's INVITE, made ready for the other side but for target and Via. */
  start(request: SipRequest): void {
    this.#transaction.respond(ownAnswer(this.#transaction, 100));
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
    const target = this.#targets.shift();
    const late = this.#parts.clock.now() - this.#begunAt > SETUP_BUDGET;
    if (!target || late) return this.#giveUp(null);
    const attempt: Attempt = {
      target,
      begunAt: this.#parts.clock.now(),
      client: null,
      abandoned: false,
      answered: false,
    };
    this.#current = attempt;
    const flow = this.#parts.outbound.flowTo(target.route);
    if (flow instanceof Promise) {
      flow.then(
        (found) => this.#send(request, attempt, found),
        () => this.#failed(request, attempt, 'unreachable'),
      );
    } else this.#send(request, attempt, flow);
  }

  #send(request: SipRequest, attempt: Attempt, flow: Flow): void {
    if (this.#finished || attempt.abandoned) return;
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
    if (status >= 200 && status < 300) return this.#onSuccess(attempt, response);
    if (attempt.abandoned || this.#finished) return;
    if (status < 200) return this.#onProvisional(request, attempt, response);
    this.#note(attempt, status);
    this.#keep(status, response);
    if (!this.#cancelled && meaningOf(status) === 'next') this.#tryNext(request);
    else this.#giveUp(null);
  }

  #onProvisional(request: SipRequest, attempt: Attempt, response: SipResponse): void {
    attempt.answered = true;
    if (this.#cancelled) return;
    if (response.status === 100) return this.#expect(AFTER_TRYING, request, attempt);
    this.#arm(TIMER_C, () => {
      attempt.client?.cancel();
      this.#failed(request, attempt, 'timeout');
    });
    this.#transaction.respond(returnResponse(response, this.#answerer));
  }

  #onSuccess(attempt: Attempt, response: SipResponse): void {
    // Somebody else has answered, or the caller was told that nobody did: this callee must not wait on an open line.
    if (attempt.abandoned) return endUnwantedCall(attempt.client, response, this.#parts.outbound);
    if (!this.#finished) {
      this.#note(attempt, response.status);
      this.#parts.answered(response);
      this.#finish(response.status);
    }
    this.#transaction.respond(returnResponse(response, this.#answerer));
  }

  #failed(request: SipRequest, attempt: Attempt, cause: 'timeout' | 'unreachable'): void {
    if (this.#finished || attempt.abandoned) return;
    this.#abandon(attempt, cause);
    this.#keep(cause === 'timeout' ? 408 : 500, null);
    if (this.#cancelled) this.#giveUp(487);
    else this.#tryNext(request);
  }

  /** Gives the target `time` to say more, if there is another one to try. */
  #expect(time: number, request: SipRequest, attempt: Attempt): void {
    this.#arm(this.#targets.length > 0 ? time : TIMER_C, () => {
      attempt.client?.cancel();
      this.#failed(request, attempt, 'timeout');
    });
  }

  #abandon(attempt: Attempt, status: 'timeout' | 'unreachable' | 'cancelled'): void {
    attempt.abandoned = true;
    this.#note(attempt, status);
  }

  #keep(status: number, response: SipResponse | null): void {
    if (!this.#best || better(status, this.#best.status) === status) this.#best = { status, response };
  }

  /** Answers the caller with `status`, or with the best that the targets gave. */
  #giveUp(status: number | null): void {
    const best = status === null ? this.#best : null;
    const given = best?.status ?? status ?? 408;
    const shown = statusForCaller(given);
    const response =
      best?.response && shown === given
        ? returnResponse(best.response, this.#answerer)
        : ownAnswer(this.#transaction, shown);
    this.#finish(shown);
    this.#transaction.respond(response);
  }

  #finish(status: number): void {
    this.#finished = true;
    this.#timer?.cancel();
    this.#parts.journal.record({ kind: 'answer', callId: this.#callId, at: this.#parts.clock.now(), status });
    this.#parts.finished();
  }

  #note({ target, begunAt }: Attempt, status: number | 'timeout' | 'unreachable' | 'cancelled'): void {
    const at = this.#parts.clock.now();
    const { host, port, transport } = target.route;
    this.#parts.journal.record({
      kind: 'attempt',
      callId: this.#callId,
      at,
      trunk: target.trunk,
      target: `${transport}:${hostPort(host, port)}`,
      status,
      took: at - begunAt,
    });
  }

  #arm(delay: number, action: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(delay, action);
  }
}
