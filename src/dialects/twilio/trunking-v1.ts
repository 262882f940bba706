import { operation, type Operation } from './operation.ts';
import * as originationUrl from './operations/origination-url.ts';
import { trunkCredentialList, trunkIpAccessControlList } from './operations/trunk-list.ts';
import * as trunkPhoneNumber from './operations/trunk-phone-number.ts';
import * as trunk from './operations/trunk.ts';
import { MapCredentialList, MapIpAccessControlList, NoForm } from './schemas.ts';
import * as schema from './schemas-v1.ts';

/** The operations of Elastic SIP Trunking, as rows of the vendor's reference. */
// oxfmt-ignore
export const TRUNKING_V1: readonly Operation[] = [
  operation('CreateTrunk', 'POST /v1/Trunks', 201, schema.TrunkForm, 21245, trunk.createTrunk),
  operation('ListTrunk', 'GET /v1/Trunks', 200, NoForm, 20001, trunk.listTrunks),
  operation('FetchTrunk', 'GET /v1/Trunks/{Sid}', 200, NoForm, 20001, trunk.fetchTrunk),
  operation('UpdateTrunk', 'POST /v1/Trunks/{Sid}', 200, schema.TrunkForm, 21245, trunk.updateTrunk),
  operation('DeleteTrunk', 'DELETE /v1/Trunks/{Sid}', 204, NoForm, 20001, trunk.deleteTrunk),
  operation('FetchTrunkRecording', 'GET /v1/Trunks/{TrunkSid}/Recording', 200, NoForm, 20001, trunk.fetchRecording),
  operation('UpdateTrunkRecording', 'POST /v1/Trunks/{TrunkSid}/Recording', 200, schema.RecordingForm, 21245, trunk.updateRecording),

  operation('CreateOriginationUrl', 'POST /v1/Trunks/{TrunkSid}/OriginationUrls', 201, schema.CreateOriginationUrl, 21245, originationUrl.createOriginationUrl),
  operation('ListOriginationUrl', 'GET /v1/Trunks/{TrunkSid}/OriginationUrls', 200, NoForm, 20001, originationUrl.listOriginationUrls),
  operation('FetchOriginationUrl', 'GET /v1/Trunks/{TrunkSid}/OriginationUrls/{Sid}', 200, NoForm, 20001, originationUrl.fetchOriginationUrl),
  operation('UpdateOriginationUrl', 'POST /v1/Trunks/{TrunkSid}/OriginationUrls/{Sid}', 200, schema.UpdateOriginationUrl, 21245, originationUrl.updateOriginationUrl),
  operation('DeleteOriginationUrl', 'DELETE /v1/Trunks/{TrunkSid}/OriginationUrls/{Sid}', 204, NoForm, 20001, originationUrl.deleteOriginationUrl),

  operation('CreateTrunkCredentialList', 'POST /v1/Trunks/{TrunkSid}/CredentialLists', 201, MapCredentialList, 21245, trunkCredentialList.create),
  operation('ListTrunkCredentialList', 'GET /v1/Trunks/{TrunkSid}/CredentialLists', 200, NoForm, 20001, trunkCredentialList.list),
  operation('FetchTrunkCredentialList', 'GET /v1/Trunks/{TrunkSid}/CredentialLists/{Sid}', 200, NoForm, 20001, trunkCredentialList.fetch),
  operation('DeleteTrunkCredentialList', 'DELETE /v1/Trunks/{TrunkSid}/CredentialLists/{Sid}', 204, NoForm, 20001, trunkCredentialList.remove),
  operation('CreateTrunkIpAccessControlList', 'POST /v1/Trunks/{TrunkSid}/IpAccessControlLists', 201, MapIpAccessControlList, 21245, trunkIpAccessControlList.create),
  operation('ListTrunkIpAccessControlList', 'GET /v1/Trunks/{TrunkSid}/IpAccessControlLists', 200, NoForm, 20001, trunkIpAccessControlList.list),
  operation('FetchTrunkIpAccessControlList', 'GET /v1/Trunks/{TrunkSid}/IpAccessControlLists/{Sid}', 200, NoForm, 20001, trunkIpAccessControlList.fetch),
  operation('DeleteTrunkIpAccessControlList', 'DELETE /v1/Trunks/{TrunkSid}/IpAccessControlLists/{Sid}', 204, NoForm, 20001, trunkIpAccessControlList.remove),

  operation('CreateTrunkPhoneNumber', 'POST /v1/Trunks/{TrunkSid}/PhoneNumbers', 201, schema.MapPhoneNumber, 21245, trunkPhoneNumber.createTrunkPhoneNumber),
  operation('ListTrunkPhoneNumber', 'GET /v1/Trunks/{TrunkSid}/PhoneNumbers', 200, NoForm, 20001, trunkPhoneNumber.listTrunkPhoneNumbers),
  operation('FetchTrunkPhoneNumber', 'GET /v1/Trunks/{TrunkSid}/PhoneNumbers/{Sid}', 200, NoForm, 20001, trunkPhoneNumber.fetchTrunkPhoneNumber),
  operation('DeleteTrunkPhoneNumber', 'DELETE /v1/Trunks/{TrunkSid}/PhoneNumbers/{Sid}', 204, NoForm, 20001, trunkPhoneNumber.deleteTrunkPhoneNumber),
];
