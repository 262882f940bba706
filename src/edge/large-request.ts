import type { Clock } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import { Recent } from '../kit/recent.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import type { ClientTransaction, ClientUser } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Transports } from '../sip/transport/transports.ts';
import type { OwnAddresses } from './addresses.ts';

/** Bytes of a request that still goes as one datagram (RFC 3261 §18.1.1, path MTU unknown). */
const MOST_DATAGRAM = 1300;

/** Peers without TCP that are remembered, and for how long, milliseconds. */
const MOST_PEERS = 10_000;
const REMEMBER = 600_000;

/** Milliseconds for a connection that the peer may drop unanswered, since UDP can do without it. */
const QUICK_CONNECT = 1000;

/** Makes the request for a flow: its top Via names the transport. */
type Make = (flow: Flow) => SipRequest;

/**
 * Sends requests, those that are too large for a datagram by TCP instead of UDP, and by UDP after all when the peer
 * does not take TCP (RFC 3261 §18.1.1). A transport that was asked for is never changed for any other reason.
 */
export class LargeRequests {
  readonly #layer: TransactionLayer;
  readonly #transports: Transports;
  readonly #addresses: OwnAddresses;
  readonly #clock: Clock;
  /** Until when each peer is taken to have no TCP. */
  readonly #refused = new Recent<string, number>(MOST_PEERS);

  constructor(parts: { layer: TransactionLayer; transports: Transports; addresses: OwnAddresses; clock: Clock }) {
    this.#layer = parts.layer;
    this.#transports = parts.transports;
    this.#addresses = parts.addresses;
    this.#clock = parts.clock;
  }

  /** Sends a request as a transaction. */
  send(make: Make, flow: Flow, user: ClientUser): ClientTransaction {
    const request = make(flow);
    const stream = this.#streamFor(request, flow);
    if (!stream) return this.#layer.send(request, flow, user);
    return new SwitchingTransaction(user, {
      first: (heard) => this.#layer.send(make(stream), stream, heard),
      refused: () => this.#remember(flow),
      second: () => this.#layer.send(make(flow), flow, user),
    });
  }

  /** Sends an ACK of a 2xx, which is no transaction. */
  pass(make: Make, flow: Flow): void {
    const request = make(flow);
    const stream = this.#streamFor(request, flow);
    if (!stream) return flow.send(request.print());
    stream.send(make(stream).print(), () => flow.send(request.print()));
  }

  /** The TCP flow for a request that is too large for its UDP flow; undefined when that will do, or has to. */
  #streamFor(request: SipRequest, flow: Flow): Flow | undefined {
    if (flow.transport !== 'udp' || request.byteLength <= MOST_DATAGRAM) return undefined;
    const { address, port } = flow.remote;
    // Without a TCP listener of ours the peer could not come back.
    if (!this.#addresses.of('tcp', address)) return undefined;
    if ((this.#refused.get(hostPort(address, port)) ?? 0) > this.#clock.now()) return undefined;
    return this.#transports.flowTo({ transport: 'tcp', address, port, connectMs: QUICK_CONNECT });
  }

  #remember({ remote }: Flow): void {
    this.#refused.set(hostPort(remote.address, remote.port), this.#clock.now() + REMEMBER);
  }
}

interface Switch {
  readonly first: (user: ClientUser) => ClientTransaction;
  readonly refused: () => void;
  readonly second: () => ClientTransaction;
}

/** One transaction to its user, two on the wire when the first way cannot be gone. */
class SwitchingTransaction implements ClientTransaction {
  #current: ClientTransaction;
  #given = false;

  constructor(user: ClientUser, { first, refused, second }: Switch) {
    let heard = false;
    this.#current = first({
      response: (response) => {
        heard = true;
        user.response(response);
      },
      failed: (cause, error) => {
        const unreachable = cause === 'transport' && !heard;
        if (unreachable) refused();
        if (unreachable && !this.#given) this.#current = second();
        else user.failed(cause, error);
      },
    });
  }

  get request(): SipRequest {
    return this.#current.request;
  }

  get flow(): Flow {
    return this.#current.flow;
  }

  cancel(reason?: string): void {
    this.#given = true;
    this.#current.cancel(reason);
  }

  end(): void {
    this.#given = true;
    this.#current.end();
  }

  stop(): void {
    this.#given = true;
    this.#current.stop();
  }
}
