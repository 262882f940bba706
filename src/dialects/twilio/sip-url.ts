import { isIP } from 'node:net';
import type { RouteTransport } from '../../rulebook/route.ts';

/** A place that a customer's URL names. */
export interface SipUrl {
  /** Lower case; IPv6 without brackets. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number | null;
  /** Null: what the domain offers. */
  readonly transport: RouteTransport | null;
}

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/;

/**
 * Reads the URL of a gateway, `sip:[user@]host[:port][;transport=udp|tcp|tls][;edge=…]`; the vendor's examples write
 * `sip://` too. The user is left out, for the called number takes its place. Undefined for what names no place, and
 * for `sips:`, which the vendor refuses.
 */
export function readSipUrl(text: string): SipUrl | undefined {
  const match =
    /^sip:(?:\/\/)?(?:[^@\s]*@)?(?<host>\[[0-9a-f:.]+\]|[^:;?@\s[\]]+)(?::(?<port>\d{1,5}))?(?<params>;[^?\s]*)?$/i.exec(
      text,
    );
  if (!match?.groups) return undefined;
  const { host = '', port, params = '' } = match.groups;
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const isAddress = isIP(name) !== 0;
  // What looks like a number and is no address is no name either.
  if (!isAddress && (!HOST.test(name) || /^[\d.]+$/.test(name) || name.length > 253)) return undefined;
  const number = port === undefined ? null : Number(port);
  if (number !== null && (number < 1 || number > 65_535)) return undefined;
  const named = /;transport=(?<transport>[^;]*)/i.exec(params)?.groups?.['transport']?.toLowerCase();
  if (named !== undefined && named !== 'udp' && named !== 'tcp' && named !== 'tls') return undefined;
  // RFC 3263 §4.1: a number or a port means UDP unless something else is said.
  return { host: name, isAddress, port: number, transport: named ?? (isAddress || number !== null ? 'udp' : null) };
}
