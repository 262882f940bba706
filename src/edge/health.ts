import type { Clock } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import { Recent } from '../kit/recent.ts';
import type { Destination } from '../sip/resolve.ts';

/** Gateways remembered; beyond this the one that was not used for the longest is forgotten. */
const MOST_GATEWAYS = 1000;

/** Failures in a row after which a gateway is passed over, and answers in a row after which it is used again. */
const OUT_AFTER = 2;
const IN_AFTER = 2;

/** Milliseconds after which a failure no longer counts. */
const FORGIVEN_AFTER = 120_000;

/** Milliseconds after which a gateway that no probe can bring back is tried with a call. */
const TRIAL_AFTER = 30_000;

/** Seconds that a gateway can be avoided at most by its own wish. */
const MOST_RETRY_AFTER = 3600;

/** In use, passed over after failures, or left alone until the time that it asked for. */
export type GatewayState = 'in' | 'out' | 'waiting';

/** What is known of a gateway, for people. Times are milliseconds since the epoch. */
export interface GatewayReport {
  readonly target: string;
  /** The name it was found by. */
  readonly name: string;
  readonly state: GatewayState;
  /** Failures in a row. */
  readonly failures: number;
  readonly answeredAt: number | null;
  readonly failedAt: number | null;
  readonly retryAt: number | null;
}

interface Gateway {
  readonly destination: Destination;
  out: boolean;
  failures: number;
  answers: number;
  answeredAt: number | null;
  failedAt: number | null;
  retryAt: number | null;
  usedAt: number;
  /** Whether it ever answered a probe: one that never did may just not care for OPTIONS. */
  answersProbes: boolean;
}

/** Which gateways live, from what calls and probes saw of them (checklist 6.7). */
export class Health {
  readonly #clock: Clock;
  readonly #gateways = new Recent<string, Gateway>(MOST_GATEWAYS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  state(destination: Destination): GatewayState {
    const gateway = this.#gateways.peek(keyOf(destination));
    return gateway ? this.#stateOf(gateway) : 'in';
  }

  /** When a gateway that is `waiting` may be tried again. */
  retryAt(destination: Destination): number | null {
    return this.#gateways.peek(keyOf(destination))?.retryAt ?? null;
  }

  /** A call is about to go there. */
  used(destination: Destination): void {
    this.#of(destination).usedAt = this.#clock.now();
  }

  /** It gave a sign of life. */
  answered(destination: Destination): void {
    const gateway = this.#of(destination);
    gateway.answeredAt = this.#clock.now();
    gateway.failures = 0;
    gateway.answers += 1;
    if (gateway.answers >= IN_AFTER) gateway.out = false;
  }

  /**
   * It was silent since then, or could not be reached. What it said to others meanwhile excuses it: no caller can put a
   * gateway out with requests that nobody would answer.
   */
  failed(destination: Destination, since: number): void {
    const gateway = this.#of(destination);
    const now = this.#clock.now();
    if (gateway.answeredAt !== null && gateway.answeredAt > since) return;
    if (gateway.failedAt !== null && now - gateway.failedAt > FORGIVEN_AFTER) gateway.failures = 0;
    gateway.failedAt = now;
    gateway.answers = 0;
    gateway.failures += 1;
    if (gateway.failures >= OUT_AFTER) gateway.out = true;
  }

  /** It said 503 and, with Retry-After, for how many seconds (RFC 3261 §21.5.4). */
  unavailable(destination: Destination, seconds: number): void {
    this.#of(destination).retryAt = this.#clock.now() + Math.min(seconds, MOST_RETRY_AFTER) * 1000;
  }

  /** A probe was answered. */
  probeAnswered(destination: Destination): void {
    this.#of(destination).answersProbes = true;
    this.answered(destination);
  }

  /** A probe was not answered; `certain` when it was refused. */
  probeFailed(destination: Destination, since: number, certain: boolean): void {
    if (certain || this.#of(destination).answersProbes) this.failed(destination, since);
  }

  /** The gateways that calls went to since `since`. */
  usedSince(since: number): Destination[] {
    return [...this.#gateways.values()].flatMap(({ usedAt, destination }) => (usedAt >= since ? destination : []));
  }

  /** How many there are in each state. */
  count(): Record<GatewayState, number> {
    const counts = { in: 0, out: 0, waiting: 0 };
    for (const gateway of this.#gateways.values()) counts[this.#stateOf(gateway)] += 1;
    return counts;
  }

  report(): GatewayReport[] {
    return [...this.#gateways.entries()].map(([target, gateway]) => {
      const { destination, failures, answeredAt, failedAt, retryAt } = gateway;
      const state = this.#stateOf(gateway);
      return { target, name: destination.name, state, failures, answeredAt, failedAt, retryAt };
    });
  }

  #stateOf({ retryAt, out, failedAt, answersProbes }: Gateway): GatewayState {
    const now = this.#clock.now();
    if (retryAt !== null && now < retryAt) return 'waiting';
    const onTrial = !answersProbes && failedAt !== null && now - failedAt >= TRIAL_AFTER;
    return out && !onTrial ? 'out' : 'in';
  }

  #of(destination: Destination): Gateway {
    const key = keyOf(destination);
    let gateway = this.#gateways.get(key);
    if (!gateway) {
      const never = { answeredAt: null, failedAt: null, retryAt: null, usedAt: 0, answersProbes: false };
      gateway = { destination, out: false, failures: 0, answers: 0, ...never };
      this.#gateways.set(key, gateway);
    }
    return gateway;
  }
}

/** `udp:192.0.2.1:5060` */
export function keyOf({ transport, address, port }: Omit<Destination, 'name'>): string {
  return `${transport}:${hostPort(address, port)}`;
}
