import type { CallSink } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import { hopOf, targetOf } from '../sip/resolve.ts';
import type { ClientTransaction, ServerTransaction } from '../sip/transaction/transaction.ts';
import type { Flow } from '../sip/transport/transport.ts';
import { parseUri } from '../sip/uri.ts';
import type { OwnAddresses } from './addresses.ts';
import { ownAnswer } from './answers.ts';
import { returnResponse } from './forwarding.ts';
import type { Outbound } from './outbound.ts';
import type { Refusals } from './refusals.ts';
import type { RouteClaim, RouteTokens } from './route-token.ts';

export interface InDialogParts {
  readonly addresses: OwnAddresses;
  readonly tokens: RouteTokens;
  readonly outbound: Outbound;
  readonly refusals: Refusals;
  readonly journal: CallSink;
  readonly clock: Clock;
}

/** A request on its way within a dialog: who sent it, and what it looks like without our routes. */
interface Onward {
  readonly request: SipRequest;
  readonly claim: RouteClaim;
}

/** Routes the requests of established calls by what they carry; keeps nothing between them (RFC 3261 §16.4, §16.12). */
export class InDialog {
  readonly #parts: InDialogParts;

  constructor(parts: InDialogParts) {
    this.#parts = parts;
  }

  /** Takes any in-dialog request but ACK. Returns the way to cancel it, for a re-INVITE. */
  route(request: SipRequest, transaction: ServerTransaction): { cancel(): void } | undefined {
    const onward = this.#preprocess(request);
    if (!onward) {
      this.#parts.refusals.refuse(transaction, 'dialog-unknown');
      return undefined;
    }
    if (request.method === 'INVITE') transaction.respond(ownAnswer(transaction, 100));
    let client: ClientTransaction | undefined;
    let cancelled = false;
    const send = (flow: Flow): void => {
      client = this.#parts.outbound.send(onward.request, flow, {
        response: (response) => {
          if (response.status === 100) return;
          if (request.method === 'BYE' && response.status >= 200) this.#ended(request, onward.claim);
          transaction.respond(returnResponse(response));
        },
        // RFC 3261 §16.9, §8.1.3.1; a non-INVITE that timed out is not answered (RFC 4320 §4.2).
        failed: (cause) => transaction.respond(ownAnswer(transaction, cause === 'timeout' ? 408 : 503)),
      });
      if (cancelled) client.cancel();
    };
    this.#nextHop(onward, send, () => transaction.respond(ownAnswer(transaction, 404)));
    return {
      cancel: () => {
        cancelled = true;
        client?.cancel();
      },
    };
  }

  /** Passes an ACK of a 2xx on; one of no dialog of ours falls silent, for ACK has no answer. */
  acknowledge(request: SipRequest): void {
    const onward = this.#preprocess(request);
    if (onward)
      this.#nextHop(
        onward,
        (flow) => this.#parts.outbound.pass(onward.request, flow),
        () => {},
      );
  }

  /** Takes our own routes off (RFC 3261 §16.4); undefined when none of them was made here for this dialog. */
  #preprocess(request: SipRequest): Onward | undefined {
    const copy = request.clone();
    const { headers } = copy;
    const strict = this.#claimOf(request, request.uri);
    if (strict) {
      // A strict router put our route into the Request-URI and the real target last.
      const routes = headers.values('route');
      copy.uri = parseNameAddr(routes.pop() ?? '')?.uri ?? copy.uri;
      headers.remove('route');
      for (const value of routes) headers.append('Route', value);
    }
    let claim = strict;
    for (let route = headers.values('route')[0]; route !== undefined; route = headers.values('route')[0]) {
      const own = this.#claimOf(request, parseNameAddr(route)?.uri ?? '');
      if (!own) break;
      claim = own;
      headers.removeFirstValue('route');
    }
    return claim && { request: copy, claim };
  }

  #claimOf(request: SipRequest, text: string): RouteClaim | undefined {
    const uri = parseUri(text);
    const hop = uri && hopOf(uri);
    if (!hop || uri.user === undefined || !this.#parts.addresses.isOwn(hop.host, hop.port)) return undefined;
    return this.#parts.tokens.open(uri.user, request.callId ?? '', request.from?.tag ?? '', request.to?.tag ?? '');
  }

  /** The next route, else the caller's own flow, else the Request-URI. */
  #nextHop({ request, claim }: Onward, send: (flow: Flow) => void, unreachable: () => void): void {
    const next = request.headers.values('route')[0];
    if (next === undefined && claim.sender === 'callee' && claim.callerFlow)
      return send(this.#parts.outbound.flowBack(claim.callerFlow));
    const uri = parseUri(next === undefined ? request.uri : (parseNameAddr(next)?.uri ?? ''));
    const target = uri && targetOf(uri);
    if (!target) return unreachable();
    const flow = this.#parts.outbound.flowTo(target);
    if (flow instanceof Promise) flow.then(send, unreachable);
    else send(flow);
  }

  #ended(request: SipRequest, claim: RouteClaim): void {
    this.#parts.journal.record({
      kind: 'end',
      callId: request.callId ?? '',
      at: this.#parts.clock.now(),
      by: claim.sender,
    });
  }
}
