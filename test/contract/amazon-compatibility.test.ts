import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-chime-sdk-voice';
import { NOT_THERE } from '../../src/dialects/amazon/not-there.ts';
import type { Operation } from '../../src/dialects/amazon/operation.ts';
import { OPERATIONS } from '../../src/dialects/amazon/operations.ts';

const STATES = ['enforced on calls', 'stored', 'answered'];

/** Every operation of the two service models that has to do with voice: chime-sdk-voice 2022-08-03 and its forerunners in chime. */
const VENDOR = `
  CreateVoiceConnector
  ListVoiceConnectors
  GetVoiceConnector
  UpdateVoiceConnector
  DeleteVoiceConnector
  ListAvailableVoiceConnectorRegions
  PutVoiceConnectorTermination
  GetVoiceConnectorTermination
  DeleteVoiceConnectorTermination
  GetVoiceConnectorTerminationHealth
  PutVoiceConnectorTerminationCredentials
  ListVoiceConnectorTerminationCredentials
  DeleteVoiceConnectorTerminationCredentials
  PutVoiceConnectorOrigination
  GetVoiceConnectorOrigination
  DeleteVoiceConnectorOrigination
  CreateVoiceConnectorGroup
  ListVoiceConnectorGroups
  GetVoiceConnectorGroup
  UpdateVoiceConnectorGroup
  DeleteVoiceConnectorGroup
  AssociatePhoneNumbersWithVoiceConnector
  DisassociatePhoneNumbersFromVoiceConnector
  AssociatePhoneNumbersWithVoiceConnectorGroup
  DisassociatePhoneNumbersFromVoiceConnectorGroup
  PutVoiceConnectorLoggingConfiguration
  GetVoiceConnectorLoggingConfiguration
  PutVoiceConnectorStreamingConfiguration
  GetVoiceConnectorStreamingConfiguration
  DeleteVoiceConnectorStreamingConfiguration
  PutVoiceConnectorEmergencyCallingConfiguration
  GetVoiceConnectorEmergencyCallingConfiguration
  DeleteVoiceConnectorEmergencyCallingConfiguration
  ValidateE911Address
  PutVoiceConnectorExternalSystemsConfiguration
  GetVoiceConnectorExternalSystemsConfiguration
  DeleteVoiceConnectorExternalSystemsConfiguration
  SearchAvailablePhoneNumbers
  ListSupportedPhoneNumberCountries
  CreatePhoneNumberOrder
  ListPhoneNumberOrders
  GetPhoneNumberOrder
  ListPhoneNumbers
  GetPhoneNumber
  UpdatePhoneNumber
  BatchUpdatePhoneNumber
  DeletePhoneNumber
  BatchDeletePhoneNumber
  RestorePhoneNumber
  GetPhoneNumberSettings
  UpdatePhoneNumberSettings
  GetGlobalSettings
  UpdateGlobalSettings
  TagResource
  UntagResource
  ListTagsForResource
  CreateSipMediaApplication
  ListSipMediaApplications
  GetSipMediaApplication
  UpdateSipMediaApplication
  DeleteSipMediaApplication
  PutSipMediaApplicationLoggingConfiguration
  GetSipMediaApplicationLoggingConfiguration
  CreateSipRule
  ListSipRules
  GetSipRule
  UpdateSipRule
  DeleteSipRule
  CreateSipMediaApplicationCall
  UpdateSipMediaApplicationCall
  PutVoiceConnectorProxy
  GetVoiceConnectorProxy
  DeleteVoiceConnectorProxy
  CreateProxySession
  ListProxySessions
  GetProxySession
  UpdateProxySession
  DeleteProxySession
  PutSipMediaApplicationAlexaSkillConfiguration
  GetSipMediaApplicationAlexaSkillConfiguration
  CreateVoiceProfile
  CreateVoiceProfileDomain
  DeleteVoiceProfile
  DeleteVoiceProfileDomain
  GetSpeakerSearchTask
  GetVoiceProfile
  GetVoiceProfileDomain
  GetVoiceToneAnalysisTask
  ListVoiceProfileDomains
  ListVoiceProfiles
  StartSpeakerSearchTask
  StartVoiceToneAnalysisTask
  StopSpeakerSearchTask
  StopVoiceToneAnalysisTask
  UpdateVoiceProfile
  UpdateVoiceProfileDomain
`
  .trim()
  .split(/\s+/);

const page = readFileSync(join(import.meta.dirname, '../../docs/compatibility/amazon.md'), 'utf8');
const rows = [...page.matchAll(/^\| (\w+) \| `(.+)` \| (.+) \|$/gm)].map(([, name, line, state]) => ({
  name,
  line,
  state,
}));

function lineOf({ method, path, fixedQuery }: Operation): string {
  return `${method} ${path}${fixedQuery ? `?${fixedQuery}` : ''}`;
}

test('every operation of the vendor is served or known to be absent, once', () => {
  const known = [...OPERATIONS, ...NOT_THERE].map(({ name }) => name);
  assert.deepEqual(known.toSorted(), VENDOR.toSorted());
});

test('the compatibility page has a true row for each operation', () => {
  assert.equal(rows.length, VENDOR.length);
  for (const operation of [...OPERATIONS, ...NOT_THERE]) {
    const row = rows.find(({ name }) => name === operation.name);
    assert.equal(row?.line, lineOf(operation), operation.name);
    const states = NOT_THERE.includes(operation) ? ['not there'] : STATES;
    assert.ok(states.includes(row?.state ?? ''), `${operation.name}: ${row?.state}`);
  }
});

test("every operation is one that the vendor's client can send", () => {
  for (const name of VENDOR) assert.ok(`${name}Command` in sdk, name);
});
