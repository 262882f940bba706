import type { DialPlan } from '../dial-plan.ts';

/** The Netherlands. */
export const NL: DialPlan = {
  country: 'NL',
  callingCode: '31',
  internationalPrefix: '00',
  trunkPrefix: '0',
  prefixOptional: false,
  source: 'Nummerplan telefoon- en ISDN-diensten (ACM), 2026-11',
  dialled: [
    ['18XX', 'directory-assistance', 'abonnee-informatie'],
    ['116XXX', 'toll-free', 'harmonised service of social value'],
    ['113', 'toll-free', 'crisis line'],
    ['144', 'special-services-1', 'animals in distress'],
    ['140XX', 'special-services-1', 'municipality'],
    ['140XXX', 'special-services-1', 'municipality'],
    ['12XX', 'special-services-1', 'service of an operator'],
    ['16XX!', 'unknown', 'choice of a carrier'],
  ],
  national: [
    ['800XXXX', 'toll-free', 'gratis informatienummer'],
    ['800XXXXXXX', 'toll-free', 'gratis informatienummer'],
    ['90[09]XXXX', 'premium-services-1', 'betaald informatienummer'],
    ['90[09]XXXXXXX', 'premium-services-1', 'betaald informatienummer'],
    ['906XXXX', 'premium-services-2', 'betaald informatienummer, adult services'],
    ['906XXXXXXX', 'premium-services-2', 'betaald informatienummer, adult services'],
    ['88XXXXXXX', 'national', 'number of a company, of no place'],
    ['8[47]XXXXXXX', 'special-services-2', 'persoonlijke assistent'],
    ['82!', 'special-services-2', 'virtual private network'],
    ['6[67]!', 'special-services-2', 'pager, dial-up internet'],
    ['97!', 'special-services-2', 'automated application'],
    ['14X!', 'special-services-1', 'municipality'],
  ],
};
