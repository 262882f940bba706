import { operation, type Operation } from './operation.ts';
import * as account from './operations/account.ts';
import * as available from './operations/available-phone-number.ts';
import * as credentialList from './operations/credential-list.ts';
import * as credential from './operations/credential.ts';
import * as mapping from './operations/domain-mapping.ts';
import * as number from './operations/incoming-phone-number.ts';
import * as ipList from './operations/ip-access-control-list.ts';
import * as ipAddress from './operations/ip-address.ts';
import * as key from './operations/key.ts';
import * as domain from './operations/sip-domain.ts';
import * as schema from './schemas.ts';

const { NoForm } = schema;

/** The operations of the 2010 API, as rows of the vendor's reference. */
// oxfmt-ignore
export const API_2010: readonly Operation[] = [
  operation('ListAccount', 'GET /2010-04-01/Accounts.json', 200, NoForm, 20001, account.listAccounts),
  operation('FetchAccount', 'GET /2010-04-01/Accounts/{AccountSid}.json', 200, NoForm, 20001, account.fetchAccount),
  operation('UpdateAccount', 'POST /2010-04-01/Accounts/{AccountSid}.json', 200, schema.UpdateAccount, 20001, account.updateAccount),
  operation('CreateKey', 'POST /2010-04-01/Accounts/{AccountSid}/Keys.json', 201, schema.KeyForm, 20001, key.createKey),
  operation('ListKey', 'GET /2010-04-01/Accounts/{AccountSid}/Keys.json', 200, NoForm, 20001, key.listKeys),
  operation('FetchKey', 'GET /2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json', 200, NoForm, 20001, key.fetchKey),
  operation('UpdateKey', 'POST /2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json', 200, schema.KeyForm, 20001, key.updateKey),
  operation('DeleteKey', 'DELETE /2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json', 204, NoForm, 20001, key.deleteKey),

  operation('CreateSipDomain', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/Domains.json', 201, schema.CreateDomain, 21231, domain.createDomain),
  operation('ListSipDomain', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains.json', 200, NoForm, 20001, domain.listDomains),
  operation('FetchSipDomain', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{Sid}.json', 200, NoForm, 20001, domain.fetchDomain),
  operation('UpdateSipDomain', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{Sid}.json', 200, schema.UpdateDomain, 21231, domain.updateDomain),
  operation('DeleteSipDomain', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{Sid}.json', 204, NoForm, 20001, domain.deleteDomain),
  operation('CreateSipAuthCallsCredentialListMapping', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Calls/CredentialListMappings.json', 201, schema.MapCredentialList, 21231, mapping.callsCredentialListMapping.create),
  operation('ListSipAuthCallsCredentialListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Calls/CredentialListMappings.json', 200, NoForm, 20001, mapping.callsCredentialListMapping.list),
  operation('FetchSipAuthCallsCredentialListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Calls/CredentialListMappings/{Sid}.json', 200, NoForm, 20001, mapping.callsCredentialListMapping.fetch),
  operation('DeleteSipAuthCallsCredentialListMapping', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Calls/CredentialListMappings/{Sid}.json', 204, NoForm, 20001, mapping.callsCredentialListMapping.remove),
  operation('CreateSipAuthCallsIpAccessControlListMapping', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Calls/IpAccessControlListMappings.json', 201, schema.MapIpAccessControlList, 21231, mapping.callsIpAccessControlListMapping.create),
  operation('ListSipAuthCallsIpAccessControlListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Calls/IpAccessControlListMappings.json', 200, NoForm, 20001, mapping.callsIpAccessControlListMapping.list),
  operation('FetchSipAuthCallsIpAccessControlListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Calls/IpAccessControlListMappings/{Sid}.json', 200, NoForm, 20001, mapping.callsIpAccessControlListMapping.fetch),
  operation('DeleteSipAuthCallsIpAccessControlListMapping', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Calls/IpAccessControlListMappings/{Sid}.json', 204, NoForm, 20001, mapping.callsIpAccessControlListMapping.remove),
  operation('CreateSipAuthRegistrationsCredentialListMapping', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Registrations/CredentialListMappings.json', 201, schema.MapCredentialList, 21231, mapping.registrationsCredentialListMapping.create),
  operation('ListSipAuthRegistrationsCredentialListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Registrations/CredentialListMappings.json', 200, NoForm, 20001, mapping.registrationsCredentialListMapping.list),
  operation('FetchSipAuthRegistrationsCredentialListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Registrations/CredentialListMappings/{Sid}.json', 200, NoForm, 20001, mapping.registrationsCredentialListMapping.fetch),
  operation('DeleteSipAuthRegistrationsCredentialListMapping', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/Auth/Registrations/CredentialListMappings/{Sid}.json', 204, NoForm, 20001, mapping.registrationsCredentialListMapping.remove),
  operation('CreateSipCredentialListMapping', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/CredentialListMappings.json', 201, schema.MapCredentialList, 21231, mapping.legacyCredentialListMapping.create),
  operation('ListSipCredentialListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/CredentialListMappings.json', 200, NoForm, 20001, mapping.legacyCredentialListMapping.list),
  operation('FetchSipCredentialListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/CredentialListMappings/{Sid}.json', 200, NoForm, 20001, mapping.legacyCredentialListMapping.fetch),
  operation('DeleteSipCredentialListMapping', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/CredentialListMappings/{Sid}.json', 204, NoForm, 20001, mapping.legacyCredentialListMapping.remove),
  operation('CreateSipIpAccessControlListMapping', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/IpAccessControlListMappings.json', 201, schema.MapIpAccessControlList, 21231, mapping.legacyIpAccessControlListMapping.create),
  operation('ListSipIpAccessControlListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/IpAccessControlListMappings.json', 200, NoForm, 20001, mapping.legacyIpAccessControlListMapping.list),
  operation('FetchSipIpAccessControlListMapping', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/IpAccessControlListMappings/{Sid}.json', 200, NoForm, 20001, mapping.legacyIpAccessControlListMapping.fetch),
  operation('DeleteSipIpAccessControlListMapping', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/Domains/{DomainSid}/IpAccessControlListMappings/{Sid}.json', 204, NoForm, 20001, mapping.legacyIpAccessControlListMapping.remove),

  operation('CreateSipCredentialList', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists.json', 201, schema.CredentialListForm, 21240, credentialList.createCredentialList),
  operation('ListSipCredentialList', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists.json', 200, NoForm, 20001, credentialList.listCredentialLists),
  operation('FetchSipCredentialList', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists/{Sid}.json', 200, NoForm, 20001, credentialList.fetchCredentialList),
  operation('UpdateSipCredentialList', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists/{Sid}.json', 200, schema.CredentialListForm, 21240, credentialList.updateCredentialList),
  operation('DeleteSipCredentialList', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists/{Sid}.json', 204, NoForm, 20001, credentialList.deleteCredentialList),
  operation('CreateSipCredential', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists/{CredentialListSid}/Credentials.json', 201, schema.CreateCredential, 21240, credential.createCredential),
  operation('ListSipCredential', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists/{CredentialListSid}/Credentials.json', 200, NoForm, 20001, credential.listCredentials),
  operation('FetchSipCredential', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists/{CredentialListSid}/Credentials/{Sid}.json', 200, NoForm, 20001, credential.fetchCredential),
  operation('UpdateSipCredential', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists/{CredentialListSid}/Credentials/{Sid}.json', 200, schema.UpdateCredential, 21240, credential.updateCredential),
  operation('DeleteSipCredential', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists/{CredentialListSid}/Credentials/{Sid}.json', 204, NoForm, 20001, credential.deleteCredential),
  operation('CreateSipIpAccessControlList', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists.json', 201, schema.IpAccessControlListForm, 21235, ipList.createIpAccessControlList),
  operation('ListSipIpAccessControlList', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists.json', 200, NoForm, 20001, ipList.listIpAccessControlLists),
  operation('FetchSipIpAccessControlList', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/{Sid}.json', 200, NoForm, 20001, ipList.fetchIpAccessControlList),
  operation('UpdateSipIpAccessControlList', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/{Sid}.json', 200, schema.IpAccessControlListForm, 21235, ipList.updateIpAccessControlList),
  operation('DeleteSipIpAccessControlList', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/{Sid}.json', 204, NoForm, 20001, ipList.deleteIpAccessControlList),
  operation('CreateSipIpAddress', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/{IpAccessControlListSid}/IpAddresses.json', 201, schema.CreateIpAddress, 21238, ipAddress.createIpAddress),
  operation('ListSipIpAddress', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/{IpAccessControlListSid}/IpAddresses.json', 200, NoForm, 20001, ipAddress.listIpAddresses),
  operation('FetchSipIpAddress', 'GET /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/{IpAccessControlListSid}/IpAddresses/{Sid}.json', 200, NoForm, 20001, ipAddress.fetchIpAddress),
  operation('UpdateSipIpAddress', 'POST /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/{IpAccessControlListSid}/IpAddresses/{Sid}.json', 200, schema.UpdateIpAddress, 21238, ipAddress.updateIpAddress),
  operation('DeleteSipIpAddress', 'DELETE /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists/{IpAccessControlListSid}/IpAddresses/{Sid}.json', 204, NoForm, 20001, ipAddress.deleteIpAddress),

  operation('CreateIncomingPhoneNumber', 'POST /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json', 201, schema.CreateIncomingPhoneNumber, 21421, number.createIncomingPhoneNumber),
  operation('ListIncomingPhoneNumber', 'GET /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json', 200, NoForm, 20001, number.listIncomingPhoneNumbers),
  operation('FetchIncomingPhoneNumber', 'GET /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json', 200, NoForm, 20001, number.fetchIncomingPhoneNumber),
  operation('UpdateIncomingPhoneNumber', 'POST /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json', 200, schema.UpdateIncomingPhoneNumber, 21421, number.updateIncomingPhoneNumber),
  operation('DeleteIncomingPhoneNumber', 'DELETE /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json', 204, NoForm, 20001, number.deleteIncomingPhoneNumber),
  operation('ListAvailablePhoneNumberCountry', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers.json', 200, NoForm, 20001, available.listAvailablePhoneNumberCountries),
  operation('FetchAvailablePhoneNumberCountry', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}.json', 200, NoForm, 20001, available.fetchAvailablePhoneNumberCountry),
  operation('ListAvailablePhoneNumberLocal', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/Local.json', 200, NoForm, 20001, available.listAvailablePhoneNumbers('Local')),
  operation('ListAvailablePhoneNumberTollFree', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/TollFree.json', 200, NoForm, 20001, available.listAvailablePhoneNumbers('TollFree')),
  operation('ListAvailablePhoneNumberMobile', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/Mobile.json', 200, NoForm, 20001, available.listAvailablePhoneNumbers('Mobile')),
  operation('ListAvailablePhoneNumberNational', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/National.json', 200, NoForm, 20001, available.listAvailablePhoneNumbers('National')),
  operation('ListAvailablePhoneNumberSharedCost', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/SharedCost.json', 200, NoForm, 20001, available.listAvailablePhoneNumbers('SharedCost')),
  operation('ListAvailablePhoneNumberVoip', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/Voip.json', 200, NoForm, 20001, available.listAvailablePhoneNumbers('Voip')),
  operation('ListAvailablePhoneNumberMachineToMachine', 'GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/MachineToMachine.json', 200, NoForm, 20001, available.listAvailablePhoneNumbers('MachineToMachine')),
];
