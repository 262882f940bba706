/** What the gate's own domain stands for. */
const VENDOR_DOMAIN = 'twilio.com';

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
 * Host names of a SIP domain or an elastic trunk: the name it was given, the same at each edge
 * (`label.sip.ashburn.twilio.com`), and both with the gate's own domain in place of the vendor's.
 */
export function hostsOf(domainName: string, ownDomain: string | null): string[] {
  const match = /^(?<label>.+\.(?:sip|pstn))\.(?<domain>.+)$/.exec(domainName.toLowerCase())?.groups;
  if (!match) return [domainName.toLowerCase()];
  const { label, domain = VENDOR_DOMAIN } = match;
  const own = ownDomain === null ? [] : [ownDomain.toLowerCase()];
  const parents = new Set([domain, VENDOR_DOMAIN, ...own]);
  return [...parents].flatMap((parent) =>
    [parent, ...EDGES.map((edge) => `${edge}.${parent}`)].map((rest) => `${label}.${rest}`),
  );
}
