import type { Source } from '../journal/event.ts';
import { readContext } from '../rulebook/number-plan.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import type { Flow } from '../sip/transport/transport.ts';
import { parseUri, printUri, unescapeUser, type SipUri } from '../sip/uri.ts';

/** Where a request came from, as the socket saw it. */
export interface Origin {
  readonly address: string;
  readonly port: number;
  readonly transport: string;
  readonly secure: boolean;
  /** Our address that it came to. */
  readonly local?: { readonly address: string; readonly port: number };
  /** Host names of its certificate; absent without one. */
  readonly names?: readonly string[] | undefined;
}

/** Where what came on a flow came from, for decisions. */
export function originOf(flow: Flow): Origin {
  const { remote, transport, secure, local, names } = flow;
  return { ...remote, transport, secure, local, ...(names && { names }) };
}

/** The same, for the journal. */
export function sourceOf(flow: Flow): Source {
  return { transport: flow.transport, ...flow.remote };
}

/** Whom a request asks for, in the rulebook's terms. */
export interface Asked {
  readonly requestUri: { readonly user: string | null; readonly host: string };
  readonly toHost: string | null;
  readonly fromHost: string | null;
  readonly fromUser?: string | null;
}

/** Reads it from a request whose URIs are well formed. */
export function askedBy(request: SipRequest): Asked {
  return {
    requestUri: { user: userOf(request.target), host: hostOf(request.target) ?? '' },
    toHost: hostOf(request.to?.address) ?? null,
    fromHost: hostOf(request.from?.address) ?? null,
    fromUser: userOf(request.from?.address),
  };
}

/** User and host of a SIP or tel URI; a tel number has no host. */
export function userAndHost(text: string): { user: string | null; host: string } {
  const uri = parseUri(text);
  return { user: userOf(uri), host: hostOf(uri) ?? '' };
}

/** The host of a URI as hosts are known: the dot of an absolute name (RFC 3261 §25.1) says nothing else than the name. */
export function hostOf(uri: SipUri | undefined): string | undefined {
  return uri?.host.endsWith('.') ? uri.host.slice(0, -1) : uri?.host;
}

/** The user of a URI, its escapes read, and the phone-context of a local number (RFC 3966 §5.1.5); null without one. */
export function userOf(uri: SipUri | undefined): string | null {
  if (uri?.user === undefined) return null;
  const context = uri.scheme === 'tel' ? uri.params.get('phone-context') : undefined;
  return readContext(unescapeUser(context == null ? uri.user : `${uri.user};phone-context=${context}`));
}

/** A URI as it may be shown and kept: a password in it (RFC 3261 §19.1.1) is a secret like any other. `uri` is how it reads. */
export function withoutPassword(text: string, uri: SipUri | undefined = parseUri(text)): string {
  return uri?.password === undefined ? text : printUri({ ...uri, password: undefined });
}

/** The caller ids that a request shows: asserted, preferred (RFC 3325), From. Hints only, until checked for ownership. */
export function callerIdsOf(request: SipRequest): string[] {
  const users: string[] = [];
  const add = (uri: SipUri | undefined): void => {
    const user = userOf(uri);
    if (user !== null) users.push(user);
  };
  for (const id of SHOWN)
    if (request.headers.has(id)) for (const value of request.headers.values(id)) add(parseNameAddr(value)?.address);
  add(request.from?.address);
  return users;
}

const SHOWN = ['p-asserted-identity', 'p-preferred-identity'];
