import { X509Certificate } from 'node:crypto';
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OLDEST_TLS } from './stream-listener.ts';
import type { Endpoint, TlsMaterial } from './transport.ts';

/** A peer to open a connection to. */
export interface Peer extends Endpoint {
  readonly transport: 'tcp' | 'tls';
  /** The name its certificate must carry; its address when absent. */
  readonly serverName?: string | undefined;
  /** Whether a certificate that proves nothing ends the connection; true when absent. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Milliseconds for opening it, in place of the common limit. */
  readonly connectMs?: number | undefined;
  /** Our address to open it from. */
  readonly localAddress?: string | undefined;
}

/** Starts to open a connection; the socket tells later whether it succeeded. */
export function dial(peer: Peer, tls: TlsMaterial | undefined): Socket {
  const target = { host: peer.address, port: peer.port, ...(peer.localAddress && { localAddress: peer.localAddress }) };
  if (peer.transport === 'tcp') return connect(target);
  const name = peer.serverName ?? peer.address;
  return connectTls({
    ...target,
    ...tls,
    ...(isIP(name) === 0 && { servername: name }),
    minVersion: OLDEST_TLS,
    rejectUnauthorized: peer.rejectUnauthorized ?? true,
    checkServerIdentity: (_host, { raw }) => identityError(name, new X509Certificate(raw)),
  });
}

/**
 * RFC 5922 §7: the name must stand in subjectAltName, as DNS name or SIP URI; the subject's common name proves nothing.
 * One-label wildcards are accepted against §7.2, because carriers' certificates have them.
 */
export function identityError(name: string, certificate: X509Certificate): Error | undefined {
  const matches = isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name, { subject: 'never' });
  if (matches !== undefined || hasSipUri(certificate.subjectAltName ?? '', name)) return undefined;
  return new Error(`the certificate is not for ${name}`);
}

function hasSipUri(alternatives: string, name: string): boolean {
  // Node quotes an entry that could pass for several; such a list is not trusted.
  return !alternatives.includes('"') && alternatives.split(', ').includes(`URI:sip:${name}`);
}
