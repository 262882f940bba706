import { canonicalAddress } from '../../kit/ip.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import { parseNameAddr } from '../../sip/message/nameaddr.ts';
import { targetOf } from '../../sip/resolve.ts';
import type { Flow } from '../../sip/transport/transport.ts';
import { parseUri, printUri } from '../../sip/uri.ts';
import type { PeerFlow } from '../route-token.ts';

/** One place where a user can be called (RFC 3261 §10). */
export interface Binding {
  /** The Contact URI as registered, its escaped headers included. */
  readonly contact: string;
  /** The Contact's parameters as registered, each with its semicolon, without `expires`. */
  readonly params: string;
  /** Preference, 0 to 1. */
  readonly q: number;
  /** Which device it is (RFC 5626 §4.1: instance and reg-id), where it says so. */
  readonly instance: string | null;
  readonly callId: string;
  readonly cseq: number;
  /** Milliseconds since the epoch. */
  readonly registeredAt: number;
  readonly expiresAt: number;
  /** Path URIs in `<>` that calls are routed along (RFC 3327). */
  readonly path: readonly string[];
  /** The way that the REGISTER came, for calls to go back; null when the telephone can be reached at its own address. */
  readonly flow: PeerFlow | null;
  /** Of a telephone whose registrar is elsewhere: as whom it registered there, and where its REGISTER came from. */
  readonly relayed?: { readonly addressOfRecord: string; readonly source: PeerFlow };
}

/** Whose bindings: a user of a trunk. */
export interface AddressOfRecord {
  /** Trunk.id. */
  readonly trunk: string;
  readonly user: string;
}

/**
 * The Request-URI that calls a contact: without headers, which a registrar keeps but nobody executes (RFC 4475 §3.3.14).
 * `number`: whom to ask a telephone system for that registered for many.
 */
export function calledUri(contact: string, number?: string): string {
  const uri = parseUri(contact);
  return uri ? printUri({ ...uri, headers: undefined, ...(number !== undefined && { user: number }) }) : contact;
}

/**
 * The way that calls take to a telephone: back along the flow that its REGISTER came on, through its NAT or over its
 * connection. Only when it names the very address that it sent from, and did not ask for symmetric answers (RFC 3581),
 * calls go there: so nobody can have calls sent to a third party.
 */
export function flowToRemember(request: SipRequest, flow: Flow, target: string): PeerFlow | null {
  // A bare URI is read as one: parameters behind it are its own. An maddr is where calls would go, whatever its host is.
  const uri = parseUri(target) ?? parseUri(parseNameAddr(target)?.uri ?? '');
  const host = uri && targetOf(uri)?.host;
  const symmetric = flow.reliable || request.via?.params.has('rport') === true;
  if (!symmetric && host !== undefined && host === canonicalAddress(flow.remote.address)) return null;
  return { transport: flow.transport, ...flow.remote };
}

/** Best first: by preference, then the newest (RFC 3261 §16.6: higher q first). */
export function inOrder(bindings: readonly Binding[]): Binding[] {
  return bindings.toSorted((a, b) => b.q - a.q || b.registeredAt - a.registeredAt);
}
