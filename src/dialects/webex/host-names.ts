/** Suffix of the locations' host names, as the vendor's own. */
const VENDOR_DOMAIN = 'bcld.webex.com';

/** The host name that calls of a location's lines go to; `domain` is an own one in place of the vendor's, or null. */
export function locationHost(label: string, domain: string | null): string {
  return `${label}.${domain ?? VENDOR_DOMAIN}`.toLowerCase();
}

/** Names for the certificate of the gate, so that lines may call and register over TLS. */
export function certificateNames(domain: string | null): string[] {
  return [`*.${domain ?? VENDOR_DOMAIN}`];
}
