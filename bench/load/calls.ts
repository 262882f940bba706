import type { Socket } from 'node:dgram';
import { Call, type CallCounts } from './call.ts';
import { Callee } from './callee.ts';
import { Caller } from './caller.ts';
import { DigestAnswers, type User } from './digest.ts';
import { Latency, type LatencySummary } from './latency.ts';

/** Milliseconds between two looks for what has to be repeated. */
const SWEEP = 100;

/** What calls did since the last `take`. */
export interface CallFigures extends CallCounts {
  /** From the first INVITE to the 200, milliseconds. */
  readonly setup: LatencySummary;
  /** From the caller's INVITE with credentials to its arrival at the gateway, milliseconds. */
  readonly added: LatencySummary;
  /** Requests that reached a gateway twice. */
  readonly repeatsAtGateways: number;
  /** Calls answered by each gateway. */
  readonly byGateway: readonly number[];
}

/** Full authenticated calls from telephones to gateways, both ours, through the server between them. */
export class Calls {
  readonly #calls: Call[];
  readonly #free: Call[];
  readonly #users: number;
  readonly #caller: Caller;
  readonly #callee: Callee;
  readonly #setup = new Latency();
  readonly #added = new Latency();
  readonly #sweep: NodeJS.Timeout;
  #counts: CallCounts = newCounts();
  #nextUser = 0;
  /** By then the server has seen all that it will see. */
  everyUserCalled = false;
  /** A call that ends is followed by another at once. */
  closedLoop = false;

  /** `most`: calls at once. */
  constructor(
    sockets: { callers: readonly Socket[]; gateways: readonly Socket[] },
    users: readonly User[],
    most: number,
  ) {
    this.#calls = Array.from({ length: most }, (_, slot) => new Call(slot));
    this.#free = [...this.#calls].reverse();
    this.#users = users.length;
    this.#callee = new Callee(sockets.gateways, this.#calls, this.#added);
    this.#caller = new Caller(this.#calls, {
      sockets: sockets.callers,
      users,
      digest: new DigestAnswers(),
      setup: this.#setup,
      counts: this.#counts,
      ended: (call) => this.#ended(call),
    });
    this.#sweep = setInterval(() => this.#repeat(), SWEEP);
  }

  /** Calls that are not over. */
  get running(): number {
    return this.#calls.length - this.#free.length;
  }

  /** Places a call; one that finds no free slot counts as failed, since the server is that far behind. */
  begin(): void {
    const call = this.#free.pop();
    if (!call) {
      this.#counts.failed += 1;
      this.#counts.failures['behind'] = (this.#counts.failures['behind'] ?? 0) + 1;
      return;
    }
    const user = this.#nextUser;
    this.#nextUser = user + 1 === this.#users ? 0 : user + 1;
    if (this.#nextUser === 0) this.everyUserCalled = true;
    this.#caller.begin(call, user, performance.now());
  }

  /** What was seen since the last time, and begins anew. */
  take(): CallFigures {
    const figures = {
      ...this.#counts,
      failures: { ...this.#counts.failures },
      setup: this.#setup.summary(),
      added: this.#added.summary(),
      repeatsAtGateways: this.#callee.repeats,
      byGateway: [...this.#callee.answered],
    };
    const { failures } = this.#counts;
    for (const name of Object.keys(failures)) delete failures[name];
    Object.assign(this.#counts, { ...newCounts(), failures });
    this.#setup.clear();
    this.#added.clear();
    this.#callee.repeats = 0;
    this.#callee.answered.fill(0);
    return figures;
  }

  close(): void {
    clearInterval(this.#sweep);
  }

  #ended(call: Call): void {
    this.#free.push(call);
    if (this.closedLoop) this.begin();
  }

  #repeat(): void {
    const now = performance.now();
    for (const call of this.#calls) {
      if (call.repeatAt <= now) this.#caller.repeatRequest(call, now);
      if (call.answerRepeatAt <= now) this.#callee.repeatAnswer(call, now);
    }
  }
}

function newCounts(): CallCounts {
  return { begun: 0, completed: 0, failed: 0, repeated: 0, failures: {} };
}
