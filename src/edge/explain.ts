import { isIP } from 'node:net';
import { canonicalAddress } from '../kit/ip.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import { ENCRYPTED, type TransportName } from '../sip/transport/transport.ts';
import { parseUri } from '../sip/uri.ts';
import type { HypotheticalCall } from './admission.ts';
import { userAndHost } from './asked.ts';

/** Where an edge is asked what it would decide. */
interface Explainer {
  explain(call: HypotheticalCall): Promise<Decision>;
}

/** A call to be judged without being placed. */
export interface ExplainQuery {
  /** Request-URI. */
  readonly to: string;
  /** From URI. */
  readonly from?: string;
  /** IP address of the sender. */
  readonly source: string;
  readonly port?: number;
  readonly transport?: TransportName;
  /** Digest user name; its right password is assumed. */
  readonly user?: string;
  readonly asCarrier?: boolean;
}

/** Thrown for a query that names no call; the message says what is wrong. */
export class UnusableQuery extends Error {
  override name = 'UnusableQuery';
  readonly statusCode = 400;
}

/** A call of a line, or of premises with a certificate, to be judged without being placed. */
export interface LineQuery {
  /** LineEntry.id; null: the certificate says who calls. */
  readonly line: string | null;
  readonly certificate: string | null;
  /** Host and user part of the Request-URI. */
  readonly host: string;
  readonly called: string;
  /** The number that is shown; null: none. */
  readonly caller: string | null;
}

/** The Decision that it would get now: who calls is taken as proved. */
export function explainLine(
  edge: Explainer,
  { line, certificate, host, called, caller }: LineQuery,
): Promise<Decision> {
  const secure = certificate !== null;
  const names = secure ? { names: [certificate] } : {};
  return edge.explain({
    asked: { requestUri: { user: called, host }, toHost: host, fromHost: null },
    origin: { address: '127.0.0.1', port: 5060, transport: secure ? 'tls' : 'udp', secure, ...names },
    callerIds: caller === null ? [] : [caller],
    username: null,
    fromCarrier: false,
    ...(line !== null && { line }),
  });
}

/** The Decision that such a call would get now, by the same rules as a real one. */
export function explainCall(edge: Explainer, query: ExplainQuery): Promise<Decision> {
  const { to, from, source, port = 5060, transport = 'udp', user = null, asCarrier = false } = query;
  const called = parseUri(to);
  if (!called) throw new UnusableQuery(`"to" is no SIP or tel URI: ${to}`);
  if (from !== undefined && !parseUri(from)) throw new UnusableQuery(`"from" is no SIP or tel URI: ${from}`);
  if (!isIP(source)) throw new UnusableQuery(`"source" is no IP address: ${source}`);
  const caller = from === undefined ? null : userAndHost(from);
  const requestUri = userAndHost(to);
  return edge.explain({
    asked: { requestUri, toHost: requestUri.host, fromHost: caller?.host ?? null, fromUser: caller?.user ?? null },
    origin: {
      address: canonicalAddress(source),
      port,
      transport,
      secure: ENCRYPTED.has(transport),
      local: { address: canonicalAddress(called.host), port: called.port ?? (transport === 'tls' ? 5061 : 5060) },
    },
    callerIds: caller?.user == null ? [] : [caller.user],
    username: user,
    fromCarrier: asCarrier,
  });
}
