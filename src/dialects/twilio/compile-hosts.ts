import { everySuffix, labelOf } from './host-names.ts';

/**
 * Host names of a SIP domain (`sip`) or an elastic trunk (`pstn`): the name it was given, the same at each edge
 * (`label.sip.ashburn.twilio.com`), and both with the gate's own domain as with the vendor's.
 */
export function hostsOf(domainName: string, service: 'sip' | 'pstn', ownDomain: string | null): string[] {
  const label = labelOf(domainName, service, ownDomain);
  // Made under an own domain that the gate no longer has.
  if (label === undefined) return [domainName];
  return everySuffix(service, ownDomain).map((suffix) => `${label}.${suffix}`);
}
