import type { Decision, Target } from '../rulebook/decide/decision.ts';
import type { Clock } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { Destination, Resolver, SipTarget } from '../sip/resolve.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import type { ClientTransaction, ClientUser } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Transports } from '../sip/transport/transports.ts';
import type { OwnAddresses } from './addresses.ts';
import type { DigestCheck } from './digest-check.ts';
import { forwardRequest, recordRoute } from './forwarding.ts';
import { LargeRequests } from './large-requests.ts';
import type { CallerFlow, RouteTokens } from './route-token.ts';

/** Milliseconds for a connection that UDP can do without. */
const QUICK_CONNECT = 1000;

/** Sends requests on to the next hop. */
export class Outbound {
  readonly #transports: Transports;
  readonly #layer: TransactionLayer;
  readonly #resolver: Resolver;
  readonly #addresses: OwnAddresses;
  readonly #tokens: RouteTokens;
  readonly #digest: DigestCheck;
  readonly #large: LargeRequests;

  constructor(parts: {
    transports: Transports;
    layer: TransactionLayer;
    resolver: Resolver;
    addresses: OwnAddresses;
    tokens: RouteTokens;
    digest: DigestCheck;
    clock: Clock;
  }) {
    this.#transports = parts.transports;
    this.#layer = parts.layer;
    this.#resolver = parts.resolver;
    this.#addresses = parts.addresses;
    this.#tokens = parts.tokens;
    this.#digest = parts.digest;
    this.#large = new LargeRequests(parts.clock);
  }

  /**
   * Where a request of `bytes` can be sent to for a target (RFC 3263), best first; at once for an address. Rejects when
   * there is nothing.
   */
  locate(target: SipTarget, bytes: number): Destination[] | Promise<Destination[]> {
    const found = this.#resolver.locate(target);
    // Without TCP of our own the answer could not name a way back.
    if (!this.#addresses.of('tcp')) return found;
    const spread = (destinations: Destination[]): Destination[] => this.#large.spread(destinations, bytes);
    return found instanceof Promise ? found.then(spread) : spread(found);
  }

  /** A destination that was chosen for the size of a request came to nothing. */
  refusedForSize(destination: Destination): void {
    this.#large.refused(destination);
  }

  /** A flow to the first address of a target; rejects when its name has none. */
  flowTo(target: SipTarget): Flow | Promise<Flow> {
    const connect = ([first]: Destination[]): Flow => {
      if (!first) throw new Error(`${target.host} has no address`);
      return this.#transports.flowTo({ ...first, serverName: first.name });
    };
    const found = this.#resolver.locate(target);
    return found instanceof Promise ? found.then(connect) : connect(found);
  }

  /** A flow to a gateway, which tells at once when nobody listens there. */
  flowToGateway(destination: Destination): Flow {
    return this.#transports.flowTo({
      ...destination,
      serverName: destination.name,
      attentive: true,
      connectMs: destination.forSize ? QUICK_CONNECT : undefined,
    });
  }

  /** A flow back to a caller, over its open connection where it has one. */
  flowBack({ transport, address, port }: CallerFlow): Flow {
    return this.#transports.flowTo({ transport, address, port });
  }

  /** Sends an INVITE to a target as a transaction of its own, with us in the path of the dialog. */
  invite(request: SipRequest, target: Target, flow: Flow, callerFlow: Flow, user: ClientUser): ClientTransaction {
    const copy = this.#forward(request, flow);
    copy.uri = targetUri(target);
    for (const [name, value] of target.headers) copy.headers.set(name, value);
    const token = this.#tokens.seal(request.callId ?? '', request.from?.tag ?? '', returnFlow(request, callerFlow));
    recordRoute(copy, token, callerFlow.transport, flow.transport, this.#addresses);
    return this.#layer.send(copy, flow, user);
  }

  /** Sends any other request as a transaction of its own. */
  send(request: SipRequest, flow: Flow, user: ClientUser): ClientTransaction {
    return this.#layer.send(this.#forward(request, flow), flow, user);
  }

  /** Sends an ACK of a 2xx, which is no transaction (RFC 3261 §13.2.2.4). */
  pass(request: SipRequest, flow: Flow): void {
    flow.send(this.#forward(request, flow).toBuffer());
  }

  #forward(request: SipRequest, flow: Flow): SipRequest {
    const copy = forwardRequest(request, flow, this.#addresses);
    this.#digest.strip(copy);
    return copy;
  }
}

/**
 * The caller's INVITE for the other side: whatever a customer says of its own identity goes, the identity that the
 * decision vouches for comes (RFC 3325 §5).
 */
export function prepareInvite(request: SipRequest, decision: Decision, addresses: OwnAddresses): SipRequest {
  const copy = request.clone();
  const { headers } = copy;
  // A new call goes where the rulebook says; a Route given with it would make this an open relay.
  headers.remove('route');
  if (decision.direction === 'origination') return copy;
  headers.remove('p-asserted-identity');
  headers.remove('p-preferred-identity');
  const own = addresses.of('udp');
  if (decision.caller !== null && own)
    headers.append('P-Asserted-Identity', `<sip:${decision.caller}@${hostPort(own.address, own.port)}>`);
  return copy;
}

function targetUri({ user, route }: Target): string {
  const parameter = route.transport === null || route.transport === 'udp' ? '' : `;transport=${route.transport}`;
  return `sip:${user}@${hostPort(route.host, route.port)}${parameter}`;
}

/** Where the caller can be reached again: its connection, or the mapping of its NAT when it asked for that (RFC 3581). */
function returnFlow(request: SipRequest, flow: Flow): CallerFlow | null {
  const symmetric = flow.reliable || request.via?.params.has('rport') === true;
  return symmetric ? { transport: flow.transport, ...flow.remote } : null;
}
