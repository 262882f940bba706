import { operation, type Operation } from './operation.ts';
import * as credentialList from './operations/credential-list.ts';
import * as credential from './operations/credential.ts';
import * as schema from './schemas.ts';

const { NoForm } = schema;

/** The operations of the 2010 API, as rows of the vendor's reference. */
// oxfmt-ignore
export const API_2010: readonly Operation[] = [
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
];
