import type { Decision, Target } from '../rulebook/decide/decision.ts';
import { hostPort } from '../kit/ip.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { Hop, Resolver } from '../sip/resolve.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import type { ClientTransaction, ClientUser } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Transports } from '../sip/transport/transports.ts';
import type { OwnAddresses } from './addresses.ts';
import type { DigestCheck } from './digest-check.ts';
import { forwardRequest, recordRoute } from './forwarding.ts';
import type { CallerFlow, RouteTokens } from './route-token.ts';

/** Sends requests on to the next hop. */
export class Outbound {
  readonly #transports: Transports;
  readonly #layer: TransactionLayer;
  readonly #resolver: Resolver;
  readonly #addresses: OwnAddresses;
  readonly #tokens: RouteTokens;
  readonly #digest: DigestCheck;

  constructor(parts: {
    transports: Transports;
    layer: TransactionLayer;
    resolver: Resolver;
    addresses: OwnAddresses;
    tokens: RouteTokens;
    digest: DigestCheck;
  }) {
    this.#transports = parts.transports;
    this.#layer = parts.layer;
    this.#resolver = parts.resolver;
    this.#addresses = parts.addresses;
    this.#tokens = parts.tokens;
    this.#digest = parts.digest;
  }

  /** A flow to the first address of the hop's host; rejects when the name has none. */
  flowTo({ host, port, transport }: Hop): Flow | Promise<Flow> {
    const connect = ([address = host]: string[]): Flow =>
      this.#transports.flowTo({ transport, address, port, serverName: host });
    const addresses = this.#resolver.resolve(host);
    return addresses instanceof Promise ? addresses.then(connect) : connect(addresses);
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
  const parameter = route.transport === 'udp' ? '' : `;transport=${route.transport}`;
  return `sip:${user}@${hostPort(route.host, route.port)}${parameter}`;
}

/** Where the caller can be reached again: its connection, or the mapping of its NAT when it asked for that (RFC 3581). */
function returnFlow(request: SipRequest, flow: Flow): CallerFlow | null {
  const symmetric = flow.reliable || request.via?.params.has('rport') === true;
  return symmetric ? { transport: flow.transport, ...flow.remote } : null;
}
