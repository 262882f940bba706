import type { SipRequest } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import { placeOf } from '../sip/resolve.ts';
import type { Endpoint } from '../sip/transport/transport.ts';
import { printUri, type SipUri } from '../sip/uri.ts';
import type { OwnAddresses } from './addresses.ts';
import type { RouteClaim, RouteTokens } from './route-token.ts';

/** A request on its way within a dialog: who sent it, and what it looks like without our routes. */
export interface Onward {
  readonly request: SipRequest;
  /** Of its own leg: a call that came through here twice has a leg for each time. */
  readonly claim: RouteClaim;
  /** Of the last leg here, whose other end it goes to. */
  readonly last: RouteClaim;
  /** Our address that the side it goes to knows us by; null where that is no address of ours. */
  readonly leaves: Endpoint | null;
}

/** Reads our own routes off requests (RFC 3261 §16.4). */
export class RouteSet {
  readonly #addresses: OwnAddresses;
  readonly #tokens: RouteTokens;

  constructor(addresses: OwnAddresses, tokens: RouteTokens) {
    this.#addresses = addresses;
    this.#tokens = tokens;
  }

  /** A copy without our own routes; undefined when none of them was made here for this dialog. */
  takeOff(request: SipRequest): Onward | undefined {
    const copy = request.clone();
    const { headers } = copy;
    const strict = this.#claimOf(request, request.target);
    if (strict) {
      // A strict router put our route into the Request-URI and the real target last.
      const routes = headers.values('route');
      copy.uri = parseNameAddr(routes.pop() ?? '')?.uri ?? copy.uri;
      headers.remove('route');
      for (const value of routes) headers.append('Route', value);
    }
    const claims = strict ? [strict] : [];
    let leaves: Endpoint | null = null;
    for (let route = headers.firstValue('route'); route !== undefined; route = headers.firstValue('route')) {
      const uri = parseNameAddr(route)?.address;
      const own = this.#claimOf(request, uri);
      if (!own) break;
      const place = uri && placeOf(uri);
      leaves = place ? { address: place.host, port: place.port } : null;
      claims.push(own);
      headers.removeFirstValue('route');
    }
    copy.uri = this.#withoutOurMaddr(copy);
    const [claim] = claims;
    return claim && { request: copy, claim, last: claims.at(-1) ?? claim, leaves };
  }

  #claimOf(request: SipRequest, uri: SipUri | undefined): RouteClaim | undefined {
    const place = uri && placeOf(uri);
    if (!place || uri.user === undefined || !this.#addresses.isOwn(place.host, place.port)) return undefined;
    return this.#tokens.open(uri.user, request.callId ?? '', request.from?.tag ?? '', request.to?.tag ?? '');
  }

  /** A Request-URI that was sent by way of us is followed as if it had not been (§16.4). */
  #withoutOurMaddr({ uri: text, target: uri }: SipRequest): string {
    const place = uri?.params.has('maddr') ? placeOf(uri) : undefined;
    if (!uri || !place || !this.#addresses.isOwn(place.host, place.port)) return text;
    const params = new Map(uri.params);
    params.delete('maddr');
    params.delete('transport');
    return printUri({ ...uri, port: undefined, params });
  }
}
