import { OPERATIONS } from '../../src/dialects/twilio/operations.ts';
import { testCompatibility } from '../support/compatibility.ts';

const STATES = new Set(['enforced on calls', 'enforced on requests', 'stored', 'answered']);

/** A resource's operations as the vendor's tables have them; a mapping has no update. */
function resource(path: string, update = true): string[] {
  const suffix = path.startsWith('…') ? '.json' : '';
  return [
    `POST ${path}${suffix} 201`,
    `GET ${path}${suffix} 200`,
    ...(update ? [`POST ${path}/{Sid}${suffix} 200`] : []),
    `GET ${path}/{Sid}${suffix} 200`,
    `DELETE ${path}/{Sid}${suffix} 204`,
  ];
}

/** The operations of the vendor's descriptions (release 2.6.7) that have to do with SIP and voice, with their status. */
const VENDOR = [
  'GET /2010-04-01/Accounts.json 200',
  'GET /2010-04-01/Accounts/{AccountSid}.json 200',
  'POST /2010-04-01/Accounts/{AccountSid}.json 200',
  ...resource('…/Keys'),
  ...resource('…/SIP/Domains'),
  ...resource('…/SIP/Domains/{DomainSid}/Auth/Calls/CredentialListMappings', false),
  ...resource('…/SIP/Domains/{DomainSid}/Auth/Calls/IpAccessControlListMappings', false),
  ...resource('…/SIP/Domains/{DomainSid}/Auth/Registrations/CredentialListMappings', false),
  ...resource('…/SIP/Domains/{DomainSid}/CredentialListMappings', false),
  ...resource('…/SIP/Domains/{DomainSid}/IpAccessControlListMappings', false),
  ...resource('…/SIP/CredentialLists'),
  ...resource('…/SIP/CredentialLists/{CredentialListSid}/Credentials'),
  ...resource('…/SIP/IpAccessControlLists'),
  ...resource('…/SIP/IpAccessControlLists/{IpAccessControlListSid}/IpAddresses'),
  ...resource('…/IncomingPhoneNumbers'),
  ...resource('…/Calls'),
  'GET …/AvailablePhoneNumbers.json 200',
  'GET …/AvailablePhoneNumbers/{CountryCode}.json 200',
  ...['Local', 'Mobile', 'TollFree', 'National', 'SharedCost', 'Voip', 'MachineToMachine'].map(
    (type) => `GET …/AvailablePhoneNumbers/{CountryCode}/${type}.json 200`,
  ),
  ...resource('/v1/Trunks'),
  'GET /v1/Trunks/{TrunkSid}/Recording 200',
  'POST /v1/Trunks/{TrunkSid}/Recording 200',
  ...resource('/v1/Trunks/{TrunkSid}/OriginationUrls'),
  ...resource('/v1/Trunks/{TrunkSid}/CredentialLists', false),
  ...resource('/v1/Trunks/{TrunkSid}/IpAccessControlLists', false),
  ...resource('/v1/Trunks/{TrunkSid}/PhoneNumbers', false),
  ...resource('/v1/IpRecords'),
  ...resource('/v1/SourceIpMappings'),
  ...resource('/v1/ByocTrunks'),
  ...resource('/v1/ConnectionPolicies'),
  ...resource('/v1/ConnectionPolicies/{ConnectionPolicySid}/Targets'),
  'GET /v1/DialingPermissions/Countries 200',
  'GET /v1/DialingPermissions/Countries/{IsoCode} 200',
  'GET /v1/DialingPermissions/Countries/{IsoCode}/HighRiskSpecialPrefixes 200',
  'POST /v1/DialingPermissions/BulkCountryUpdates 201',
  'GET /v1/Settings 200',
  'POST /v1/Settings 202',
  ...['SipDomains/{SipDomain}', 'Trunks/{SipTrunkDomain}', 'PhoneNumbers/{PhoneNumber}'].flatMap((route) => [
    `GET /v2/${route} 200`,
    `POST /v2/${route} 200`,
  ]),
];

testCompatibility({
  page: 'twilio',
  vendor: VENDOR,
  served: OPERATIONS.map(({ name, method, path, success }) => ({
    name,
    line: `${method} ${path.replace('/2010-04-01/Accounts/{AccountSid}/', '…/')}`,
    success,
  })),
  states: STATES,
});
