/** The paths of these APIs; all others of an operation lie below one of them. Of /v1 and /v2 other vendors have theirs. */
export const TWILIO_PATHS = [
  '/2010-04-01',
  '/v1/Trunks',
  '/v1/IpRecords',
  '/v1/SourceIpMappings',
  '/v1/ByocTrunks',
  '/v1/ConnectionPolicies',
  '/v1/DialingPermissions',
  '/v1/Settings',
  '/v2/SipDomains',
  '/v2/Trunks',
  '/v2/PhoneNumbers',
] as const;
