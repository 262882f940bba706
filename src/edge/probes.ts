import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import { hex } from '../kit/ids.ts';
import type { Route } from '../rulebook/route.ts';
import { SipRequest } from '../sip/message/message.ts';
import type { Destination } from '../sip/resolve.ts';
import type { Endpoint } from '../sip/transport/transport.ts';
import type { OwnAddresses } from './addresses.ts';
import { keyOf, type Health } from './health.ts';
import type { Outbound } from './outbound.ts';
import { Questions } from './questions.ts';

/** Milliseconds between two looks at who is due. */
const PACE = 1000;

/** Probes begun at one look. */
const MOST_AT_ONCE = 20;

/** Gateways probed. */
const MOST_PROBED = 500;

/** Milliseconds to wait for an answer. */
const PATIENCE = 4000;

/** Milliseconds after its last call that a gateway is still probed. */
const IN_USE = 3_600_000;

/** Milliseconds after which the carriers' names are looked up again. */
const LOCATE_AGAIN = 60_000;

export interface ProbesParts {
  readonly health: Health;
  readonly outbound: Outbound;
  readonly addresses: OwnAddresses;
  readonly clock: Clock;
  /** The carriers, which are probed whether or not they have calls. */
  readonly routes: readonly Route[];
  /** Milliseconds between two probes of one gateway. */
  readonly interval: number;
}

/** Asks gateways by OPTIONS whether they live (RFC 3261 §11): the carriers, and the routes that calls went to of late. */
export class Probes {
  readonly #parts: ProbesParts;
  /** When each gateway is to be probed next. */
  #due = new Map<string, number>();
  readonly #running = new Questions();
  #carriers: Destination[] = [];
  #locatedAt: number | null = null;
  #timer: Timer | null = null;

  constructor(parts: ProbesParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.clock.after(PACE, () => {
      this.#look();
      this.start();
    });
  }

  /** Probes no more, and forgets those under way. */
  stop(): void {
    this.#timer?.cancel();
    this.#running.endAll();
  }

  #look(): void {
    const { clock, health, routes, interval } = this.#parts;
    const now = clock.now();
    if (this.#locatedAt === null || now - this.#locatedAt >= LOCATE_AGAIN) void this.#locate(now);
    const builtIn = new Set(routes.flatMap((route) => (route.builtIn ? hostPort(route.host, route.port) : [])));
    const gateways = [...this.#carriers, ...health.usedSince(now - IN_USE)]
      .filter(({ address, port }) => !builtIn.has(hostPort(address, port)))
      .slice(0, MOST_PROBED);
    const known = new Map(gateways.map((destination) => [keyOf(destination), destination]));
    const due = [...known].filter(([key]) => (this.#due.get(key) ?? 0) <= now && !this.#running.has(key));
    this.#due = new Map([...this.#due].filter(([key]) => known.has(key)));
    for (const [key, destination] of due.slice(0, MOST_AT_ONCE)) {
      this.#due.set(key, now + interval);
      this.#probe(key, destination);
    }
  }

  async #locate(now: number): Promise<void> {
    this.#locatedAt = now;
    const routes = this.#parts.routes.filter((route) => !route.builtIn);
    // A name that leads nowhere has nobody to probe.
    const found = await Promise.all(
      routes.map(async (route) => {
        try {
          return await this.#parts.outbound.locate(route);
        } catch {
          return [];
        }
      }),
    );
    this.#carriers = found.flat();
  }

  #probe(key: string, destination: Destination): void {
    const { health, outbound, clock, addresses } = this.#parts;
    const own = addresses.of(destination.transport, destination.address) ?? addresses.first;
    const request = pingRequest(destination, own, { method: 'OPTIONS', fromUser: '', toUser: '' });
    const begunAt = clock.now();
    const flow = outbound.flowToGateway(destination);
    const client = outbound.send(request, flow, {
      response: ({ status }) => {
        if (status < 200) return;
        this.#running.end(key);
        if (status === 503) health.probeFailed(destination, begunAt, true);
        else health.probeAnswered(destination);
      },
      failed: () => {
        this.#running.end(key);
        health.probeFailed(destination, begunAt, true);
      },
    });
    const deadline = clock.after(PATIENCE, () => {
      this.#running.end(key);
      health.probeFailed(destination, begunAt, false);
    });
    this.#running.begin(key, { client, deadline });
  }
}

/** A request that asks whether a gateway lives; `own` is what it may answer to, `hops` its Max-Forwards, 70 when absent. */
export function pingRequest(
  { transport, address, port, name }: Destination,
  own: Endpoint | undefined,
  { method, hops, fromUser, toUser }: { method: string; hops?: number; fromUser: string; toUser: string },
): SipRequest {
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  const at = (user: string): string => (user === '' ? '' : `${user}@`);
  const uri = `sip:${at(toUser)}${hostPort(name === address ? address : name, port)}${parameter}`;
  const self = `sip:${at(fromUser)}${own ? hostPort(own.address, own.port) : 'tollgate.invalid'}`;
  const request = new SipRequest(method, uri);
  // Whoever sends it on takes one off.
  if (hops !== undefined) request.headers.append('Max-Forwards', String(hops + 1));
  request.headers.append('From', `<${self}>;tag=${hex(8)}`);
  request.headers.append('To', `<${uri}>`);
  request.headers.append('Call-ID', randomUUID());
  request.headers.append('CSeq', `1 ${method}`);
  request.headers.append('Contact', `<${self}${parameter}>`);
  request.headers.append('Accept', 'application/sdp');
  return request;
}
