const VENDOR = 'twilio.com';

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

/** What the certificate for telephones that call by a host name must cover: every domain and trunk, wildcards. */
export function certificateNames(domain: string | null): string[] {
  return [...suffixes('sip', domain), ...suffixes('pstn', domain)].map((suffix) => `*.${suffix}`);
}
