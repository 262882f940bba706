import { labelOf, suffixes } from './host-names.ts';

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

/**
 * Host names of a SIP domain (`sip`) or an elastic trunk (`pstn`): the name it was given, the same at each edge
 * (`label.sip.ashburn.twilio.com`), and both with the gate's own domain as with the vendor's.
 */
export function hostsOf(domainName: string, service: 'sip' | 'pstn', ownDomain: string | null): string[] {
  const label = labelOf(domainName, service, ownDomain);
  // Made under an own domain that the gate no longer has.
  if (label === undefined) return [domainName];
  return suffixes(service, ownDomain).flatMap((suffix) => {
    const base = suffix.slice(service.length + 1);
    return [base, ...EDGES.map((edge) => `${edge}.${base}`)].map((rest) => `${label}.${service}.${rest}`);
  });
}
