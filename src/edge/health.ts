import { openBulletin, tellsNewcomer, type Bulletin } from '../kit/bulletin.ts';
import type { Clock } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import { ALONE, type Peers } from '../kit/peers.ts';
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

/** Milliseconds after which other threads hear again that calls go to a gateway. */
const USED_AGAIN_AFTER = 60_000;

/** Likewise that a sound one answers: sooner than silence is taken for a failure. */
const ANSWERED_AGAIN_AFTER = 1000;

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
  /** When other threads were told that it is used, and that it answers. */
  usedToldAt: number;
  answerToldAt: number;
}

/** What a thread saw of a gateway, as it tells the others. */
type Sight = { readonly destination: Destination } & (
  | { readonly kind: 'used' }
  | { readonly kind: 'answered'; readonly probe: boolean }
  | { readonly kind: 'failed'; readonly since: number }
  | { readonly kind: 'unavailable'; readonly retryAt: number }
);

/**
 * Which gateways live, from what calls and probes saw of them (checklist 6.7). Of several threads each counts what all
 * saw, so that a dead gateway is found dead once.
 */
export class Health {
  readonly #clock: Clock;
  readonly #gateways = new Recent<string, Gateway>(MOST_GATEWAYS);
  readonly #news: Bulletin<Sight> | null;

  constructor(clock: Clock, peers: Peers = ALONE) {
    this.#clock = clock;
    const hear = (sight: Sight, times: number): void => this.#hear(sight, times);
    this.#news = openBulletin({ peers, clock, topic: 'health', hear });
    peers.on('health-so-far', (all: readonly [string, Gateway][]) =>
      this.#gateways.takeOver(all, (theirs, own) => heardAt(theirs) > heardAt(own)),
    );
    peers.onJoined((thread) => {
      if (tellsNewcomer(peers, thread)) peers.tell(thread, 'health-so-far', this.#gateways.latest(MOST_GATEWAYS));
    });
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
    const gateway = this.#of(destination);
    const now = this.#clock.now();
    gateway.usedAt = now;
    if (!this.#news || now - gateway.usedToldAt < USED_AGAIN_AFTER) return;
    gateway.usedToldAt = now;
    this.#tell({ kind: 'used', destination });
  }

  /** It gave a sign of life. */
  answered(destination: Destination): void {
    const gateway = this.#of(destination);
    if (this.#news) this.#tellAnswer(gateway, false);
    this.#answered(gateway, 1);
  }

  /**
   * It was silent since then, or could not be reached. What it said to others meanwhile excuses it: no caller can put a
   * gateway out with requests that nobody would answer.
   */
  failed(destination: Destination, since: number): void {
    if (this.#failed(this.#of(destination), since, 1)) this.#tell({ kind: 'failed', destination, since });
  }

  /** It said 503 and, with Retry-After, for how many seconds (RFC 3261 §21.5.4). */
  unavailable(destination: Destination, seconds: number): void {
    const retryAt = this.#clock.now() + Math.min(seconds, MOST_RETRY_AFTER) * 1000;
    this.#of(destination).retryAt = retryAt;
    this.#tell({ kind: 'unavailable', destination, retryAt });
  }

  /** A probe was answered. */
  probeAnswered(destination: Destination): void {
    const gateway = this.#of(destination);
    if (this.#news) this.#tellAnswer(gateway, true);
    gateway.answersProbes = true;
    this.#answered(gateway, 1);
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

  #answered(gateway: Gateway, times: number): void {
    gateway.answeredAt = this.#clock.now();
    gateway.failures = 0;
    gateway.answers += times;
    if (gateway.answers >= IN_AFTER) gateway.out = false;
  }

  /** False when it is excused. */
  #failed(gateway: Gateway, since: number, times: number): boolean {
    const now = this.#clock.now();
    if (gateway.answeredAt !== null && gateway.answeredAt > since) return false;
    if (gateway.failedAt !== null && now - gateway.failedAt > FORGIVEN_AFTER) gateway.failures = 0;
    gateway.failedAt = now;
    gateway.answers = 0;
    gateway.failures += times;
    if (gateway.failures >= OUT_AFTER) gateway.out = true;
    return true;
  }

  #tell(sight: Sight): void {
    // Whether an answer came before a failure or behind matters.
    this.#news?.tell(sight);
  }

  /** That a sound gateway answers is told now and then: it excuses silence towards others. */
  #tellAnswer(gateway: Gateway, probe: boolean): void {
    const now = this.#clock.now();
    const { destination, failures, out, answersProbes, answerToldAt } = gateway;
    const sound = failures === 0 && !out && (answersProbes || !probe);
    if (sound && now - answerToldAt < ANSWERED_AGAIN_AFTER) return;
    gateway.answerToldAt = now;
    this.#tell({ kind: 'answered', destination, probe });
  }

  /** What another thread saw. */
  #hear(sight: Sight, times: number): void {
    const gateway = this.#of(sight.destination);
    switch (sight.kind) {
      case 'used':
        gateway.usedAt = this.#clock.now();
        break;
      case 'answered':
        gateway.answersProbes ||= sight.probe;
        this.#answered(gateway, times);
        break;
      case 'failed':
        this.#failed(gateway, sight.since, times);
        break;
      case 'unavailable':
        gateway.retryAt = sight.retryAt;
        break;
    }
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
      const told = { usedToldAt: 0, answerToldAt: 0 };
      gateway = { destination, out: false, failures: 0, answers: 0, ...never, ...told };
      this.#gateways.set(key, gateway);
    }
    return gateway;
  }
}

/** When anything was learned of it last. */
function heardAt({ answeredAt, failedAt }: Gateway): number {
  return Math.max(answeredAt ?? 0, failedAt ?? 0);
}

/** `udp:192.0.2.1:5060` */
export function keyOf({ transport, address, port }: Omit<Destination, 'name'>): string {
  return `${transport}:${hostPort(address, port)}`;
}
