import { SipRequest, type SipMessage } from '../message/message.ts';
import type { ParseResult } from '../message/fault.ts';
import type { Endpoint, Flow, TransportCounters, TransportName, TransportUser } from './transport.ts';
import { stampSource } from './via-received.ts';

/** Where something came by, and what it is answered by. */
export interface WayBack {
  /** Gives the message to the thread that has its call; false, or absent: it belongs here. */
  handOver?(message: SipMessage, source: Endpoint): boolean;
  flowFor(source: Endpoint, request: SipRequest | undefined): Flow;
}

/** The way from the sockets to the user: stamps the true source, counts, and lets no fault of ours reach a socket. */
export class Inbox {
  readonly #user: TransportUser;
  readonly #counters: TransportCounters | undefined;

  constructor(user: TransportUser, counters: TransportCounters | undefined) {
    this.#user = user;
    this.#counters = counters;
  }

  count(event: Parameters<TransportCounters['count']>[0], transport: TransportName): void {
    this.#counters?.count(event, transport);
  }

  /** Whether this source is heard at all. */
  admits(remote: Endpoint, transport: TransportName, local: Endpoint, bytes = 0): boolean {
    let admitted = false;
    try {
      admitted = this.#user.admits?.(remote, transport, local, bytes) ?? true;
    } catch (error) {
      this.crashed(error);
    }
    if (!admitted) this.count('not-admitted', transport);
    return admitted;
  }

  /** Hands up what the parser found. `way` makes the flow that leads back, once the top Via is stamped. */
  take(result: ParseResult, source: Endpoint, transport: TransportName, way: WayBack): void {
    if (result.keepalive) return this.count('keepalive', transport);
    const { message, fault } = result;
    if (message && way.handOver?.(message, source)) return;
    const request = message instanceof SipRequest ? message : fault?.request;
    if (request) stampSource(request, source);
    const flow = way.flowFor(source, request);
    this.count(message ? 'message' : 'fault', transport);
    try {
      if (message) this.#user.message(message, flow);
      else this.#user.fault(fault, flow);
    } catch (error) {
      this.crashed(error);
    }
  }

  /** Tells of a fault of ours. */
  crashed(error: unknown): void {
    if (this.#user.crashed) this.#user.crashed(error);
    else process.nextTick(rethrow, error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
