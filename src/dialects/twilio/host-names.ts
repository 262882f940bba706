const VENDOR = 'twilio.com';

/** Where the vendor takes calls; each edge has its own name of every domain, today's and the older one. */
const EDGES = [
  'ashburn',
  'umatilla',
  'dublin',
  'frankfurt',
  'singapore',
  'tokyo',
  'sao-paulo',
  'sydney',
  'us1',
  'us2',
  'ie1',
  'de1',
  'sg1',
  'jp1',
  'br1',
  'au1',
];

/** The names that SIP domains (`sip`) and trunks (`pstn`) end in: with the operator's own domain, and the vendor's. */
export function suffixes(service: 'sip' | 'pstn', domain: string | null): string[] {
  return [...new Set([domain?.toLowerCase() ?? VENDOR, VENDOR])].map((base) => `${service}.${base}`);
}

/**
 * What stands before the suffix of a name, in lower case: `acme` of `ACME.sip.twilio.com`. Two names with the same
 * label name the same host. Undefined when the suffix or a character is wrong.
 */
export function labelOf(name: string, service: 'sip' | 'pstn', domain: string | null): string | undefined {
  const lower = name.toLowerCase();
  const suffix = suffixes(service, domain).find((one) => lower.endsWith(`.${one}`));
  if (suffix === undefined || lower.length > 253) return undefined;
  const label = lower.slice(0, -suffix.length - 1);
  const part = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  return new RegExp(`^${part}(?:\\.${part})*$`).test(label) ? label : undefined;
}

/** The same names, and those of each of the vendor's edges: `sip.twilio.com`, `sip.ashburn.twilio.com`. */
export function everySuffix(service: 'sip' | 'pstn', domain: string | null): string[] {
  return suffixes(service, domain).flatMap((suffix) => {
    const base = suffix.slice(service.length + 1);
    return [suffix, ...EDGES.map((edge) => `${service}.${edge}.${base}`)];
  });
}

/** What the certificate for telephones that call by a host name must cover: every domain and trunk at every edge, wildcards. */
export function certificateNames(domain: string | null): string[] {
  return [...everySuffix('sip', domain), ...everySuffix('pstn', domain)].map((suffix) => `*.${suffix}`);
}
