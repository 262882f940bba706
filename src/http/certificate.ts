import { X509Certificate, createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { canonicalAddress } from '../kit/ip.ts';
import type { Pem } from './certificate-authority.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';

/** A certificate this close to its end is replaced at the next start. */
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;

/** Names by which the gate is always reached on its own machine. */
const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'];

/** What a TLS listener needs. */
export interface ServerCertificate {
  /** PEM, the leaf first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** File with the authority that clients must trust; null with an own certificate. */
  readonly authorityFile: string | null;
}

export interface CertificateOptions {
  /** The data folder; certificates lie in its `tls` folder. */
  readonly folder: string;
  /** Host names and addresses besides those of this machine. */
  readonly names: readonly string[];
  /** Own files (PEM); they win. */
  readonly own: { readonly cert: string; readonly key: string } | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The certificate of the TLS listeners: the own one, else one from a local authority, both made on first start and
 * made anew when they near their end or the names change. Throws with a readable message when own files do not fit.
 */
export async function loadCertificate(options: CertificateOptions): Promise<ServerCertificate> {
  if (options.own) return ownCertificate(options.own);
  const folder = join(options.folder, 'tls');
  const names = [...new Set([...LOCAL_NAMES, ...options.names.map(canonicalAddress)])];
  const authority = readPair(folder, 'ca.pem', 'ca-key.pem');
  const leaf = readPair(folder, 'cert.pem', 'key.pem');
  const authorityFile = join(folder, 'ca.pem');
  const usable = authority && isFresh(authority, options.now);
  if (usable && leaf && isFresh(leaf, options.now) && isIssued(leaf, authority) && hasNames(leaf, names))
    return { cert: leaf.cert, key: leaf.key, authorityFile };

  // Loaded only when there is something to make: it costs more time than the rest of a start.
  const { issueLeaf, makeAuthority } = await import('./certificate-authority.ts');
  const issuer = usable ? authority : await makeAuthority(options.now);
  if (!usable) writePair(folder, 'ca.pem', 'ca-key.pem', issuer);
  const made = await issueLeaf(issuer, names, options.now);
  writePair(folder, 'cert.pem', 'key.pem', made);
  return { cert: made.cert, key: made.key, authorityFile };
}

function ownCertificate(files: { cert: string; key: string }): ServerCertificate {
  const [cert, key] = [readIfThere(files.cert), readIfThere(files.key)];
  if (cert === null) throw new Error(`the certificate ${files.cert} is not there`);
  if (key === null) throw new Error(`the private key ${files.key} is not there`);
  if (!parse({ cert, key })) throw new Error(`${files.cert} and ${files.key} are not a PEM certificate and its key`);
  return { cert, key, authorityFile: null };
}

function readPair(folder: string, certFile: string, keyFile: string): Pem | null {
  const [cert, key] = [readIfThere(join(folder, certFile)), readIfThere(join(folder, keyFile))];
  return cert !== null && key !== null ? { cert, key } : null;
}

function writePair(folder: string, certFile: string, keyFile: string, pem: Pem): void {
  writePrivateFile(join(folder, keyFile), pem.key);
  writePrivateFile(join(folder, certFile), pem.cert, 0o644);
}

/** The certificate, or null when either part is unreadable or the key is another's. */
function parse(pem: Pem): X509Certificate | null {
  try {
    const certificate = new X509Certificate(pem.cert);
    return certificate.checkPrivateKey(createPrivateKey(pem.key)) ? certificate : null;
  } catch {
    return null;
  }
}

function isFresh(pem: Pem, now: number): boolean {
  const certificate = parse(pem);
  if (!certificate) return false;
  return certificate.validFromDate.getTime() <= now && certificate.validToDate.getTime() - RENEW_BEFORE_MS > now;
}

function isIssued(leaf: Pem, authority: Pem): boolean {
  return new X509Certificate(leaf.cert).verify(new X509Certificate(authority.cert).publicKey);
}

function hasNames(leaf: Pem, names: readonly string[]): boolean {
  const certificate = new X509Certificate(leaf.cert);
  const listed = certificate.subjectAltName?.split(', ') ?? [];
  const found = listed.map((entry) => canonicalAddress(entry.slice(entry.indexOf(':') + 1)));
  return found.length === names.length && names.every((name) => found.includes(name));
}
