import type { Place } from './places.ts';
import type { Timer } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import type { Destination } from '../sip/resolve.ts';
import type { ClientTransaction } from '../sip/transaction/transaction.ts';
import type { Candidate, Candidates } from './candidates.ts';
import { keyOf } from './health.ts';

/** One try of one address of one target. */
export interface Attempt extends Omit<Candidate, 'target'> {
  /** With the answer to its challenge, once it asked for one. */
  target: Place;
  /** Where the next place comes from, should this one fail. */
  readonly lane: Candidates;
  readonly begunAt: number;
  client: ClientTransaction | null;
  /** Runs out when it has been silent for too long. */
  timer: Timer | null;
  /** Given up: whatever still comes of it is not for the caller. */
  abandoned: boolean;
  answered: boolean;
}

/**
 * Telephones are not watched: they come and go, and tell of it by registering. Nor is the voice endpoint, which is a part
 * of this gate, nor what an application names, which tells nothing of a gateway.
 */
export function isGateway(attempt: Attempt): attempt is Attempt & { readonly destination: Destination } {
  const { destination, target } = attempt;
  const watched = target.application === undefined && target.uri === undefined && target.agent === undefined;
  return destination !== null && target.binding === null && watched;
}

/** Where it went, for people. */
export function nameOf({ target, destination }: Attempt): string {
  const { host, port, transport } = target.route;
  return destination ? keyOf(destination) : `${transport ?? 'sip'}:${hostPort(host, port)}`;
}

/** A try of this address that begins at `begunAt`, milliseconds since the epoch. */
export function attemptAt(candidate: Candidate, lane: Candidates, begunAt: number): Attempt {
  return { ...candidate, lane, begunAt, client: null, timer: null, abandoned: false, answered: false };
}
