import type { IncomingMessage } from 'node:http';

/** Why a handshake is refused, in terms of HTTP. */
interface HandshakeFault {
  readonly status: 400 | 403;
  readonly text: string;
}

/**
 * What SIP asks of a handshake beyond RFC 6455: the subprotocol (RFC 7118 §4.1), and an origin that may come here
 * (RFC 6455 §10.2). `origins` null: the host that was asked for. Who sends no Origin is no page of a browser.
 */
export function handshakeFault(
  { headers }: Pick<IncomingMessage, 'headers'>,
  secure: boolean,
  origins: readonly string[] | null,
): HandshakeFault | undefined {
  const protocols = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (!protocols.includes('sip')) return { status: 400, text: 'the subprotocol "sip" must be asked for' };
  const { origin, host = '' } = headers;
  if (origin === undefined) return undefined;
  const allowed = origins
    ? origins.includes(origin.toLowerCase())
    : hostOf(origin) !== undefined && hostOf(origin) === hostOf(`${secure ? 'https' : 'http'}://${host}`);
  return allowed ? undefined : { status: 403, text: 'pages of this origin may not connect' };
}

/** Host and port of an origin, without the port that is meant anyway; undefined for what is none, such as `null`. */
function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host || undefined;
}
