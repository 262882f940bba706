import { createPrivateKey, KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Sealer } from '../../kit/seal.ts';
import { loadX509 } from '../../kit/x509.ts';
import { valueOf, type Element } from './element.ts';
import { certificateRecord } from './element-types/certificates.ts';
import { badRequest } from './errors.ts';

const LABEL = 'oracle/certificate-key';
/** Bits; shorter RSA keys are refused by today's peers. */
const SHORTEST_KEY = 2048;
/** Certificates in one import. */
const LONGEST_CHAIN = 10;

/** A certificate chain and its key, PEM. */
export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate-record serves TLS with; null while no certificate of its own key was imported. */
export function certificateOf({ certificate }: Element, sealer: Sealer): CertificateAndKey | null {
  if (!certificate?.key || certificate.chain.length === 0) return null;
  return { cert: certificate.chain.join(''), key: sealer.open(certificate.key, LABEL) };
}

/** The certificates of a record as authorities to trust, PEM. */
export function authoritiesOf({ certificate }: Element): string {
  return certificate?.chain.join('') ?? '';
}

/** Whether a certificate for the record's own key was imported. */
export function hasCertificate({ certificate }: Element): boolean {
  return certificate !== undefined && certificate.key !== null && certificate.chain.length > 0;
}

/** A signing request (PKCS #10, PEM) by the record's attributes, and its new key (PEM). Throws 400. */
export async function makeRequest(record: Element): Promise<{ request: string; key: string }> {
  const x509 = await loadX509();
  const value = (name: string): string => valueOf(record, certificateRecord, name);
  const algorithm = algorithmOf(value('key-algor'), Number(value('key-size')));
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(value),
    keys,
    signingAlgorithm: algorithm,
    extensions: extensionsOf(record, x509),
  });
  return {
    request: `${request.toString('pem')}\n`,
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }),
  };
}

/** The record after a request was made: the key waits for its certificate, and what is served stays. */
export function withRequestKey(record: Element, key: string, sealer: Sealer): Element {
  const { key: served = null, chain = [] } = record.certificate ?? {};
  return { ...record, certificate: { requestKey: sealer.seal(key, LABEL), key: served, chain } };
}

/**
 * The record after certificates were imported. One of them must belong to the record's key, when it has one; without
 * a key they are authorities. Throws 400.
 */
export function withCertificates(record: Element, given: readonly string[], sealer: Sealer, now: number): Element {
  const certificates = given.map(readCertificate);
  const { requestKey = null, key = null } = record.certificate ?? {};
  const pem = (certificate: X509Certificate): string => certificate.toString();
  for (const sealed of [requestKey, key]) {
    if (sealed === null) continue;
    const leaf = certificates.find((each) => each.checkPrivateKey(createPrivateKey(sealer.open(sealed, LABEL))));
    if (!leaf) continue;
    refuseExpired(leaf, now);
    const others = certificates.filter((each) => each !== leaf);
    const pending = sealed === requestKey ? null : requestKey;
    return { ...record, certificate: { requestKey: pending, key: sealed, chain: [leaf, ...others].map(pem) } };
  }
  if (requestKey ?? key) throw badRequest('The certificate does not belong to the key of the certificate-record');
  for (const certificate of certificates) refuseExpired(certificate, now);
  return { ...record, certificate: { requestKey: null, key: null, chain: certificates.map(pem) } };
}

/**
 * The certificates in PEM text, as they are (X.509) or in one PKCS #7 structure; line breaks may be missing, as curl
 * drops them. Throws 400.
 */
export async function readCertificates(text: string, format: 'x509' | 'pkcs7' | 'any'): Promise<string[]> {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,30})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g)];
  const found = (labels: readonly string[]): Buffer[] =>
    blocks
      .filter(([, label = '']) => labels.includes(label))
      .map(([, , body = '']) => Buffer.from(body.replaceAll(/\s/g, ''), 'base64'));
  const plain = format === 'pkcs7' ? [] : found(['CERTIFICATE', 'X509 CERTIFICATE']);
  const bundles =
    format === 'x509' ? [] : found(format === 'pkcs7' ? ['PKCS7', 'CMS', 'CERTIFICATE'] : ['PKCS7', 'CMS']);
  const inside = await Promise.all(bundles.map(readBundle));
  const certificates = [...plain.map(toPem), ...inside.flat()];
  if (certificates.length === 0) throw badRequest('certificateRequest holds no certificate in PEM format');
  if (certificates.length > LONGEST_CHAIN) throw badRequest(`At most ${LONGEST_CHAIN} certificates can be imported`);
  return certificates;
}

async function readBundle(bytes: Buffer): Promise<string[]> {
  const x509 = await loadX509();
  try {
    const bundle = new x509.X509Certificates();
    bundle.import(new Uint8Array(bytes));
    return bundle.map((certificate) => toPem(Buffer.from(certificate.rawData)));
  } catch {
    throw badRequest('certificateRequest is no PKCS #7 structure of certificates');
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw badRequest('certificateRequest is no X.509 certificate');
  }
}

function toPem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function refuseExpired({ validToDate }: X509Certificate, now: number): void {
  if (validToDate.getTime() <= now) throw badRequest(`The certificate ended at ${validToDate.toISOString()}`);
}

function algorithmOf(
  kind: string,
  size: number,
): webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & { hash: string }) {
  if (kind === 'ecdsa') return { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  if (size < SHORTEST_KEY) throw badRequest(`key-size must be at least ${SHORTEST_KEY}`);
  const publicExponent = new Uint8Array([1, 0, 1]);
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: size, publicExponent };
}

/** The subject, in the order in which authorities write it (RFC 4519 names). */
function nameOf(value: (attribute: string) => string): Record<string, string[]>[] {
  const parts = [
    ['C', value('country')],
    ['ST', value('state')],
    ['L', value('locality')],
    ['O', value('organization')],
    ['OU', value('unit')],
    ['CN', value('common-name')],
  ] as const;
  return parts.filter(([, text]) => text !== '').map(([name, text]) => ({ [name]: [text] }));
}

function extensionsOf(
  record: Element,
  x509: Awaited<ReturnType<typeof loadX509>>,
): import('@peculiar/x509').Extension[] {
  const list = (name: string): readonly string[] => {
    const given = record.attributes[name] ?? certificateRecord.attributes.find((each) => each.name === name)?.defaults;
    return (given ?? []).filter((value) => value !== '');
  };
  const usages: Readonly<Record<string, number>> = { ...x509.KeyUsageFlags } as never;
  const usage = list('key-usage-list').reduce((flags, name) => flags | (usages[name] ?? 0), 0);
  const extended: Readonly<Record<string, string>> = { ...x509.ExtendedKeyUsage };
  const purposes = list('extended-key-usage-list').flatMap((name) => extended[name] ?? []);
  const names = list('alternate-name').flatMap((text) => text.split(','));
  return [
    ...(usage === 0 ? [] : [new x509.KeyUsagesExtension(usage)]),
    ...(purposes.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(purposes)]),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map(alternateName))]),
  ];
}

/** `DNS:name` and `IP:address` as in OpenSSL, or either without its prefix. */
function alternateName(text: string): { type: 'ip' | 'dns' | 'email' | 'url'; value: string } {
  const [, prefix = '', value = text] = /^(DNS|IP|email|URI):(.+)$/i.exec(text) ?? [];
  const kind = prefix.toLowerCase();
  if (kind === 'email') return { type: 'email', value };
  if (kind === 'uri') return { type: 'url', value };
  return { type: isIP(value) ? 'ip' : 'dns', value };
}
