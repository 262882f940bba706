import { hostPort } from '../kit/ip.ts';
import type { Clock } from '../kit/clock.ts';
import type { Decision, Target } from '../rulebook/decide/decision.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { Hop, Resolver } from '../sip/resolve.ts';
import { newBranch, type TransactionLayer } from '../sip/transaction/layer.ts';
import type { ClientTransaction, ClientUser } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Transports } from '../sip/transport/transports.ts';
import { parseUri } from '../sip/uri.ts';
import type { OwnAddresses } from './addresses.ts';
import type { DigestCheck } from './digest-check.ts';
import { forwardRequest, recordRoute } from './forwarding.ts';
import { LargeRequests } from './large-request.ts';
import type { LoopCheck, Received } from './loop-check.ts';
import type { CallerFlow, RouteTokens } from './route-token.ts';

export interface OutboundParts {
  readonly transports: Transports;
  readonly layer: TransactionLayer;
  readonly resolver: Resolver;
  readonly addresses: OwnAddresses;
  readonly tokens: RouteTokens;
  readonly digest: DigestCheck;
  readonly loops: LoopCheck;
  readonly clock: Clock;
  /** Told each address that something is sent to: whoever answers from there is no stranger. */
  readonly contacted: (address: string) => void;
}

/** A call that the rulebook let in: its INVITE as it came, and what was decided. */
export interface AdmittedCall {
  readonly received: Received;
  readonly decision: Decision;
}

/** Where a request that is sent on comes from; absent for one that is made here. */
interface Provenance {
  readonly received?: Received;
  /** Only the flow given leads to the peer: no other transport is tried. */
  readonly only?: boolean;
}

/** Sends requests on to the next hop. */
export class Outbound {
  readonly #parts: OutboundParts;
  readonly #large: LargeRequests;

  constructor(parts: OutboundParts) {
    this.#parts = parts;
    this.#large = new LargeRequests(parts);
  }

  /** A flow to the first address of the hop's host; rejects when the name has none. */
  flowTo({ host, port, transport }: Hop): Flow | Promise<Flow> {
    const connect = ([address = host]: string[]): Flow =>
      this.#parts.transports.flowTo({ transport, address, port, serverName: host });
    const addresses = this.#parts.resolver.resolve(host);
    return addresses instanceof Promise ? addresses.then(connect) : connect(addresses);
  }

  /** A flow back to a caller, over its open connection where it has one. */
  flowBack({ transport, address, port }: CallerFlow): Flow {
    return this.#parts.transports.flowTo({ transport, address, port });
  }

  /** Sends an INVITE to a target as a transaction of its own, with us in the path of the dialog. */
  invite(
    request: SipRequest,
    target: Target,
    flow: Flow,
    { received, decision }: AdmittedCall,
    user: ClientUser,
  ): ClientTransaction {
    const { tokens, addresses } = this.#parts;
    const { direction, caller, called } = decision;
    const token = tokens.seal(request.callId ?? '', request.from?.tag ?? '', {
      callerFlow: returnFlow(received),
      direction,
      trunk: target.trunk,
      number: direction === 'termination' ? caller : called,
    });
    const secure = parseUri(received.request.uri)?.scheme === 'sips';
    const copy = request.clone();
    copy.uri = targetUri(target);
    for (const [name, value] of target.headers) copy.headers.set(name, value);
    recordRoute(copy, token, { from: received.flow, to: flow, secure }, addresses);
    return this.send(copy, flow, user, { received });
  }

  /** Sends any other request as a transaction of its own. */
  send(request: SipRequest, flow: Flow, user: ClientUser, { received, only }: Provenance = {}): ClientTransaction {
    const make = (way: Flow): SipRequest => this.#forward(request, way, received);
    return only ? this.#parts.layer.send(make(flow), flow, user) : this.#large.send(make, flow, user);
  }

  /** Sends an ACK of a 2xx, which is no transaction (RFC 3261 §13.2.2.4). */
  pass(request: SipRequest, flow: Flow, { received, only }: Provenance = {}): void {
    const make = (way: Flow): SipRequest => this.#forward(request, way, received);
    if (only) flow.send(make(flow).toBuffer());
    else this.#large.pass(make, flow);
  }

  #forward(request: SipRequest, flow: Flow, received: Received | undefined): SipRequest {
    const { addresses, loops, digest, contacted } = this.#parts;
    contacted(flow.remote.address);
    const unique = newBranch();
    const copy = forwardRequest(request, flow, addresses, received ? loops.branch(unique, received) : unique);
    digest.strip(copy);
    return copy;
  }
}

function targetUri({ user, route }: Target): string {
  const parameter = route.transport === 'udp' ? '' : `;transport=${route.transport}`;
  return `sip:${user}@${hostPort(route.host, route.port)}${parameter}`;
}

/** Where the caller can be reached again: its connection, or the mapping of its NAT when it asked for that (RFC 3581). */
export function returnFlow({ request, flow }: Received): CallerFlow | null {
  const symmetric = flow.reliable || request.via?.params.has('rport') === true;
  return symmetric ? { transport: flow.transport, ...flow.remote } : null;
}
