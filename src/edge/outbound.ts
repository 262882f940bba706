import { hostPort } from '../kit/ip.ts';
import type { Clock } from '../kit/clock.ts';
import type { Peers } from '../kit/peers.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { Destination, Resolver, SipTarget } from '../sip/resolve.ts';
import { newBranch, type TransactionLayer } from '../sip/transaction/layer.ts';
import type { ClientTransaction, ClientUser, ServerTransaction } from '../sip/transaction/transaction.ts';
import type { Endpoint, Flow, TransportName } from '../sip/transport/transport.ts';
import type { Transports } from '../sip/transport/transports.ts';
import { escapeUser } from '../sip/uri.ts';
import type { OwnAddresses } from './addresses.ts';
import { AnswerRelay, Answers } from './answer-relay.ts';
import type { Applications } from './applications.ts';
import type { DigestCheck } from './digest-check.ts';
import { forwardRequest, recordRoute } from './forwarding.ts';
import { calleeSide } from './identity.ts';
import { LargeRequests } from './large-request.ts';
import type { LoopCheck, Received } from './loop-check.ts';
import type { Place } from './places.ts';
import { calledUri } from './registrar/binding.ts';
import type { PeerFlow, RouteContent, RouteTokens } from './route-token.ts';

export interface OutboundParts {
  readonly transports: Transports;
  readonly layer: TransactionLayer;
  readonly resolver: Resolver;
  readonly addresses: OwnAddresses;
  readonly tokens: RouteTokens;
  readonly digest: DigestCheck;
  readonly loops: LoopCheck;
  readonly applications: Applications;
  readonly clock: Clock;
  readonly peers: Peers;
  /** Told each address that something is sent to: whoever answers from there is no stranger. */
  readonly contacted: (address: string) => void;
  /** The listener by which requests leave for the network of a trunk; undefined: any that fits. */
  readonly egress: (trunk: string, to: Destination) => Endpoint | undefined;
}

/** A call that the rulebook let in: its INVITE as it came, and what was decided. */
export interface AdmittedCall {
  readonly received: ServerTransaction;
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
  readonly #answers: Answers;

  constructor(parts: OutboundParts) {
    this.#parts = parts;
    this.#large = new LargeRequests(parts);
    this.#answers = new Answers(parts);
  }

  /** Where a target can be reached (RFC 3263), best first; at once for an address. Rejects when there is nothing. */
  locate(target: SipTarget): Destination[] | Promise<Destination[]> {
    return this.#parts.resolver.locate(target);
  }

  /** Where a place to try can be reached, likewise; one that an application named leads to no carrier, nor back here. */
  locatePlace({ route, uri }: Place): Destination[] | Promise<Destination[]> {
    const found = this.locate(route);
    if (uri === undefined) return found;
    const { applications } = this.#parts;
    const allowed = (all: Destination[]): Destination[] => {
      const left = all.filter((one) => !applications.forbids(one));
      if (left.length === 0) throw new Error(`${route.host} is no place for an application to call`);
      return left;
    };
    // Even for an address the answer comes later, for only a rejection says that there is nothing.
    return Promise.resolve(found).then(allowed);
  }

  /** A flow to the first address of a target, out of the listener `via` where it fits; rejects when its name has none. */
  flowTo(target: SipTarget, via?: Endpoint): Flow | Promise<Flow> {
    const connect = ([first]: Destination[]): Flow => {
      if (!first) throw new Error(`${target.host} has no address`);
      return this.#parts.transports.flowTo({ ...first, serverName: first.name, ...this.#via(first.transport, via) });
    };
    const found = this.locate(target);
    return found instanceof Promise ? found.then(connect) : connect(found);
  }

  /** A flow to a place to try: for a registered telephone, the one that it registered over. */
  flowToward({ binding, egress }: Place, destination: Destination): Flow {
    if (!binding?.flow) return this.flowToGateway(destination, egress ?? null);
    // Only the listener that a telephone registered through gets through its NAT.
    return this.flowBack(binding.flow, egress === undefined ? undefined : this.#parts.egress(egress, destination));
  }

  /** A flow to a gateway, which tells at once when nobody listens there; `egress` is the trunk to whose network it leads. */
  flowToGateway(destination: Destination, egress: string | null = null): Flow {
    const via = egress === null ? undefined : this.#parts.egress(egress, destination);
    const serverName = destination.name;
    return this.#parts.transports.flowTo({ ...destination, serverName, attentive: true, ...(via && { via }) });
  }

  /** A flow back to one end of a call, over its open connection where it has one; else out of the listener `via`. */
  flowBack({ transport, address, port }: PeerFlow, via?: Endpoint): Flow {
    return this.#parts.transports.flowTo({ transport, address, port, ...this.#via(transport, via) });
  }

  /** Only a listener that is open on this transport can be sent from. */
  #via(transport: TransportName, via: Endpoint | undefined): { via?: Endpoint } {
    const open = this.#parts.transports.listening.some(
      (own) => own.transport === transport && own.address === via?.address && own.port === via.port,
    );
    return open && via ? { via } : {};
  }

  /** Sends an INVITE to a target as a transaction of its own, with us in the path of the dialog. */
  invite(
    request: SipRequest,
    target: Place,
    flow: Flow,
    { received, decision }: AdmittedCall,
    user: ClientUser,
  ): ClientTransaction {
    const { tokens, addresses } = this.#parts;
    const { direction, caller, called } = decision;
    const { binding } = target;
    const token = tokens.seal(request.callId ?? '', request.from?.tag ?? '', {
      callerFlow: returnFlow(received),
      // Proxies before the telephone are in the path of the dialog, or want to be out of it.
      calleeFlow: binding?.path.length === 0 ? binding.flow : null,
      direction,
      trunk: direction === 'origination' ? target.trunk : (decision.trunk ?? target.trunk),
      // Between networks nobody is a customer whose number is to be vouched for.
      number: direction === 'transit' ? null : direction === 'origination' ? called : caller,
      ...((decision.dialled ?? binding) && { users: usersOf(decision, target) }),
    });
    const secure = received.request.target?.scheme === 'sips';
    const copy = request.clone();
    copy.uri = binding ? calledUri(binding.contact, target.number) : (target.uri ?? targetUri(target));
    this.#parts.applications.stamp(copy, target, { received, decision });
    for (const route of binding?.path ?? []) copy.headers.append('Route', route);
    for (const [name, value] of target.headers) copy.headers.set(name, value);
    recordRoute(copy, token, { from: received.flow, to: flow, secure }, addresses);
    const relay = new AnswerRelay(this.#answers, { token, answerer: calleeSide(direction) }, user, received);
    return this.send(copy, flow, relay, { received, only: binding?.flow != null });
  }

  /** Sends any other request as a transaction of its own. */
  send(request: SipRequest, flow: Flow, user: ClientUser, { received, only }: Provenance = {}): ClientTransaction {
    const make = (way: Flow): SipRequest => this.#forward(request, way, received);
    return only ? this.#parts.layer.send(make(flow), flow, user) : this.#large.send(make, flow, user);
  }

  /** Sends an ACK of a 2xx, which is no transaction (RFC 3261 §13.2.2.4). */
  pass(request: SipRequest, flow: Flow, { received, only }: Provenance = {}): void {
    const make = (way: Flow): SipRequest => this.#forward(request, way, received);
    if (only) flow.send(make(flow).print());
    else this.#large.pass(make, flow);
  }

  #forward(request: SipRequest, flow: Flow, received: Received | undefined): SipRequest {
    const { addresses, loops, digest, contacted, applications } = this.#parts;
    contacted(flow.remote.address);
    const { self, count } = this.#parts.peers;
    const unique = newBranch(count === 1 ? undefined : self);
    const copy = forwardRequest(request, flow, addresses, received ? loops.branch(unique, received) : unique);
    digest.strip(copy);
    if (received) applications.placeMedia(copy, received, flow);
    return copy;
  }
}

/** A carrier is no user of ours. */
function usersOf({ username, direction }: Decision, { trunk, user }: Place): NonNullable<RouteContent['users']> {
  return { caller: username, calleeTrunk: trunk, callee: direction === 'termination' ? null : user };
}

function targetUri({ user, route }: Place): string {
  const parameter = route.transport === null || route.transport === 'udp' ? '' : `;transport=${route.transport}`;
  // The user is as it was dialled, unescaped, and may be nobody (RFC 3261 §19.1.1).
  const userInfo = user === '' ? '' : `${escapeUser(user)}@`;
  return `sip:${userInfo}${hostPort(route.host, route.port)}${parameter}`;
}

/** Where the caller can be reached again: its connection, or the mapping of its NAT when it asked for that (RFC 3581). */
export function returnFlow({ request, flow }: Received): PeerFlow | null {
  const symmetric = flow.reliable || request.via?.params.has('rport') === true;
  return symmetric ? { transport: flow.transport, ...flow.remote } : null;
}
