import { parseAddress, canonicalAddress } from '../../kit/ip.ts';
import { parseHostPort, printHostPort } from './host.ts';
import type { HostPort } from './host.ts';
import { parseParams, printParams } from './params.ts';
import type { Params } from './params.ts';
import { SLASH, skipSpace, tokenEnd } from './text.ts';

/** One Via value (RFC 3261 §20.42). `host` and `port` are its sent-by. */
export interface Via extends HostPort {
  /** `SIP/2.0`; another version is kept, so that it can be answered 505. */
  readonly protocol: string;
  /** In capitals: UDP, TCP, TLS, WS, … */
  readonly transport: string;
  readonly params: Params;
}

/** Reads one Via value, spaces allowed where the grammar has them (`SIP / 2.0 / UDP`); undefined when malformed. */
export function parseVia(text: string): Via | undefined {
  const nameEnd = tokenEnd(text, 0);
  const version = afterSlash(text, nameEnd);
  const versionEnd = tokenEnd(text, version);
  const transport = afterSlash(text, versionEnd);
  const transportEnd = tokenEnd(text, transport);
  const sentBy = skipSpace(text, transportEnd);
  if (nameEnd === 0 || versionEnd <= version || transportEnd <= transport || sentBy === transportEnd) return undefined;
  const address = parseHostPort(text, sentBy);
  const params = address && parseParams(text, address.end);
  if (!params) return undefined;
  return {
    protocol: `${text.slice(0, nameEnd)}/${text.slice(version, versionEnd)}`.toUpperCase(),
    transport: text.slice(transport, transportEnd).toUpperCase(),
    host: address.host,
    port: address.port,
    params,
  };
}

/** The value as text. */
export function printVia(via: Via): string {
  return `${via.protocol}/${via.transport} ${printHostPort(via)}${printParams(via.params)}`;
}

/** The `received` address in canonical form; written with or without brackets (RFC 5118 §4.5). */
export function viaReceived(via: Via): string | undefined {
  const received = via.params.get('received');
  return received && parseAddress(received) ? canonicalAddress(received) : undefined;
}

/** Behind the slash that follows `at`, spaces round it skipped; the end of the text when there is no slash. */
function afterSlash(text: string, at: number): number {
  const slash = skipSpace(text, at);
  return text.charCodeAt(slash) === SLASH ? skipSpace(text, slash + 1) : text.length;
}
