/** The paths of this API; all others of an operation lie below one of them. */
export const AMAZON_PATHS = [
  '/voice-connectors',
  '/voice-connector-regions',
  '/voice-connector-groups',
  '/emergency-calling',
  '/search',
  '/phone-number-countries',
  '/phone-number-orders',
  '/phone-numbers',
  '/settings',
  '/tags',
  '/sip-media-applications',
  '/sip-rules',
  '/voice-profiles',
  '/voice-profile-domains',
] as const;
