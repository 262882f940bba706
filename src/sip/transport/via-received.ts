import { canonicalAddress } from '../../kit/ip.ts';
import type { SipRequest } from '../message/message.ts';
import { fillParam, parseParams } from '../message/params.ts';
import { printVia, type Via } from '../message/via.ts';
import type { Endpoint, TransportName } from './transport.ts';

/** Ports of a sent-by that names none (RFC 3261 §19.1.2). */
const DEFAULT_PORT: Record<TransportName, number> = { udp: 5060, tcp: 5060, tls: 5061, ws: 80, wss: 443 };

/**
 * Writes where a request truly came from into its top Via: `received` when the sent-by is a name or another address
 * (RFC 3261 §18.2.1), `rport` and `received` when the sender asked for it (RFC 3581 §4). What the sender itself
 * claimed there is overwritten.
 */
export function stampSource(request: SipRequest, source: Endpoint): void {
  const via = request.via;
  if (!via) return;
  const address = canonicalAddress(source.address);
  const asked = via.params.has('rport');
  if (!asked && !via.params.has('received') && canonicalAddress(via.host) === address) return;
  const usual = asked && !via.params.has('received') ? filled(via, source, address) : undefined;
  const read = usual && parseParams(usual, usual.indexOf(';'));
  if (read) return request.replaceVia(usual, { ...via, params: read });
  const params = new Map(via.params).set('received', address);
  if (asked) params.set('rport', String(source.port));
  request.headers.replaceFirstValue('via', printVia({ ...via, params }));
}

/** The usual Via, which asks with an empty rport, as it was written; undefined for others. */
function filled({ params }: Via, source: Endpoint, address: string): string | undefined {
  const text = fillParam(params, 'rport', String(source.port));
  return text === undefined ? undefined : `${text};received=${address}`;
}

/**
 * Where a response goes that has no connection to go back on (§18.2.2): to the true source address, at its port when
 * the sender asked for that with `rport`, else at the port of its sent-by. `maddr` is not followed: it would let anyone
 * aim our answers at a third party.
 */
export function responseEndpoint(request: SipRequest, source: Endpoint, transport: TransportName): Endpoint {
  const via = request.via;
  if (!via || (transport === 'udp' && via.params.has('rport'))) return source;
  const port = via.port ?? DEFAULT_PORT[transport];
  return port === source.port ? source : { address: source.address, port };
}
