import { operation, type Operation } from './operation.ts';
import * as byocTrunk from './operations/byoc-trunk.ts';
import * as target from './operations/connection-policy-target.ts';
import * as connectionPolicy from './operations/connection-policy.ts';
import * as permissions from './operations/dialing-permissions.ts';
import * as ipRecord from './operations/ip-record.ts';
import * as sourceIpMapping from './operations/source-ip-mapping.ts';
import { NoForm } from './schemas.ts';
import * as schema from './schemas-v1.ts';

/** The operations of voice v1 that have to do with SIP, as rows of the vendor's reference. */
// oxfmt-ignore
export const VOICE_V1: readonly Operation[] = [
  operation('CreateIpRecord', 'POST /v1/IpRecords', 201, schema.CreateIpRecord, 21238, ipRecord.createIpRecord),
  operation('ListIpRecord', 'GET /v1/IpRecords', 200, NoForm, 20001, ipRecord.listIpRecords),
  operation('FetchIpRecord', 'GET /v1/IpRecords/{Sid}', 200, NoForm, 20001, ipRecord.fetchIpRecord),
  operation('UpdateIpRecord', 'POST /v1/IpRecords/{Sid}', 200, schema.NameForm, 21238, ipRecord.updateIpRecord),
  operation('DeleteIpRecord', 'DELETE /v1/IpRecords/{Sid}', 204, NoForm, 20001, ipRecord.deleteIpRecord),

  operation('CreateSourceIpMapping', 'POST /v1/SourceIpMappings', 201, schema.CreateSourceIpMapping, 20001, sourceIpMapping.createSourceIpMapping),
  operation('ListSourceIpMapping', 'GET /v1/SourceIpMappings', 200, NoForm, 20001, sourceIpMapping.listSourceIpMappings),
  operation('FetchSourceIpMapping', 'GET /v1/SourceIpMappings/{Sid}', 200, NoForm, 20001, sourceIpMapping.fetchSourceIpMapping),
  operation('UpdateSourceIpMapping', 'POST /v1/SourceIpMappings/{Sid}', 200, schema.UpdateSourceIpMapping, 20001, sourceIpMapping.updateSourceIpMapping),
  operation('DeleteSourceIpMapping', 'DELETE /v1/SourceIpMappings/{Sid}', 204, NoForm, 20001, sourceIpMapping.deleteSourceIpMapping),

  operation('CreateByocTrunk', 'POST /v1/ByocTrunks', 201, schema.ByocTrunkForm, 20001, byocTrunk.createByocTrunk),
  operation('ListByocTrunk', 'GET /v1/ByocTrunks', 200, NoForm, 20001, byocTrunk.listByocTrunks),
  operation('FetchByocTrunk', 'GET /v1/ByocTrunks/{Sid}', 200, NoForm, 20001, byocTrunk.fetchByocTrunk),
  operation('UpdateByocTrunk', 'POST /v1/ByocTrunks/{Sid}', 200, schema.ByocTrunkForm, 20001, byocTrunk.updateByocTrunk),
  operation('DeleteByocTrunk', 'DELETE /v1/ByocTrunks/{Sid}', 204, NoForm, 20001, byocTrunk.deleteByocTrunk),

  operation('CreateConnectionPolicy', 'POST /v1/ConnectionPolicies', 201, schema.NameForm, 20001, connectionPolicy.createConnectionPolicy),
  operation('ListConnectionPolicy', 'GET /v1/ConnectionPolicies', 200, NoForm, 20001, connectionPolicy.listConnectionPolicies),
  operation('FetchConnectionPolicy', 'GET /v1/ConnectionPolicies/{Sid}', 200, NoForm, 20001, connectionPolicy.fetchConnectionPolicy),
  operation('UpdateConnectionPolicy', 'POST /v1/ConnectionPolicies/{Sid}', 200, schema.NameForm, 20001, connectionPolicy.updateConnectionPolicy),
  operation('DeleteConnectionPolicy', 'DELETE /v1/ConnectionPolicies/{Sid}', 204, NoForm, 20001, connectionPolicy.deleteConnectionPolicy),

  operation('CreateConnectionPolicyTarget', 'POST /v1/ConnectionPolicies/{ConnectionPolicySid}/Targets', 201, schema.CreateTarget, 20001, target.createTarget),
  operation('ListConnectionPolicyTarget', 'GET /v1/ConnectionPolicies/{ConnectionPolicySid}/Targets', 200, NoForm, 20001, target.listTargets),
  operation('FetchConnectionPolicyTarget', 'GET /v1/ConnectionPolicies/{ConnectionPolicySid}/Targets/{Sid}', 200, NoForm, 20001, target.fetchTarget),
  operation('UpdateConnectionPolicyTarget', 'POST /v1/ConnectionPolicies/{ConnectionPolicySid}/Targets/{Sid}', 200, schema.UpdateTarget, 20001, target.updateTarget),
  operation('DeleteConnectionPolicyTarget', 'DELETE /v1/ConnectionPolicies/{ConnectionPolicySid}/Targets/{Sid}', 204, NoForm, 20001, target.deleteTarget),

  operation('ListDialingPermissionsCountry', 'GET /v1/DialingPermissions/Countries', 200, NoForm, 20001, permissions.listCountries),
  operation('FetchDialingPermissionsCountry', 'GET /v1/DialingPermissions/Countries/{IsoCode}', 200, NoForm, 20001, permissions.fetchCountry),
  operation('ListDialingPermissionsHrsPrefixes', 'GET /v1/DialingPermissions/Countries/{IsoCode}/HighRiskSpecialPrefixes', 200, NoForm, 20001, permissions.listHighRiskPrefixes),
  operation('CreateDialingPermissionsCountryBulkUpdate', 'POST /v1/DialingPermissions/BulkCountryUpdates', 201, schema.BulkCountryUpdates, 20001, permissions.updateCountries),
  operation('FetchDialingPermissionsSettings', 'GET /v1/Settings', 200, NoForm, 20001, permissions.fetchSettings),
  operation('UpdateDialingPermissionsSettings', 'POST /v1/Settings', 202, schema.SettingsForm, 20001, permissions.updateSettings),
];
