import { operation, type Operation } from './operation.ts';
import * as configuration from './operations/configurations.ts';
import * as e911Address from './operations/e911-address.ts';
import * as emergencyCalling from './operations/emergency-calling-configuration.ts';
import * as origination from './operations/origination.ts';
import * as association from './operations/phone-number-association.ts';
import * as order from './operations/phone-number-order.ts';
import * as search from './operations/phone-number-search.ts';
import * as phoneNumber from './operations/phone-number.ts';
import * as settings from './operations/settings.ts';
import * as tags from './operations/tags.ts';
import * as credentials from './operations/termination-credentials.ts';
import * as termination from './operations/termination.ts';
import * as group from './operations/voice-connector-group.ts';
import * as connector from './operations/voice-connector.ts';
import * as schema from './schemas.ts';

const { NoBody } = schema;

/**
 * Every operation that is served, as a row of the vendor's reference: name, request line with its fixed query,
 * success code, body, handler. Both of the vendor's services share it.
 */
// oxfmt-ignore
export const OPERATIONS: readonly Operation[] = [
  operation('CreateVoiceConnector', 'POST /voice-connectors', 201, schema.CreateVoiceConnector, connector.createVoiceConnector),
  operation('ListVoiceConnectors', 'GET /voice-connectors', 200, NoBody, connector.listVoiceConnectors),
  operation('GetVoiceConnector', 'GET /voice-connectors/{voiceConnectorId}', 200, NoBody, connector.getVoiceConnector),
  operation('UpdateVoiceConnector', 'PUT /voice-connectors/{voiceConnectorId}', 200, schema.UpdateVoiceConnector, connector.updateVoiceConnector),
  operation('DeleteVoiceConnector', 'DELETE /voice-connectors/{voiceConnectorId}', 204, NoBody, connector.deleteVoiceConnector),
  operation('ListAvailableVoiceConnectorRegions', 'GET /voice-connector-regions', 200, NoBody, connector.listAvailableVoiceConnectorRegions),

  operation('PutVoiceConnectorTermination', 'PUT /voice-connectors/{voiceConnectorId}/termination', 200, schema.PutTermination, termination.putTermination),
  operation('GetVoiceConnectorTermination', 'GET /voice-connectors/{voiceConnectorId}/termination', 200, NoBody, termination.getTermination),
  operation('DeleteVoiceConnectorTermination', 'DELETE /voice-connectors/{voiceConnectorId}/termination', 204, NoBody, termination.deleteTermination),
  operation('GetVoiceConnectorTerminationHealth', 'GET /voice-connectors/{voiceConnectorId}/termination/health', 200, NoBody, termination.getTerminationHealth),
  operation('PutVoiceConnectorTerminationCredentials', 'POST /voice-connectors/{voiceConnectorId}/termination/credentials?operation=put', 204, schema.PutCredentials, credentials.putTerminationCredentials),
  operation('ListVoiceConnectorTerminationCredentials', 'GET /voice-connectors/{voiceConnectorId}/termination/credentials', 200, NoBody, credentials.listTerminationCredentials),
  operation('DeleteVoiceConnectorTerminationCredentials', 'POST /voice-connectors/{voiceConnectorId}/termination/credentials?operation=delete', 204, schema.DeleteCredentials, credentials.deleteTerminationCredentials),

  operation('PutVoiceConnectorOrigination', 'PUT /voice-connectors/{voiceConnectorId}/origination', 200, schema.PutOrigination, origination.putOrigination),
  operation('GetVoiceConnectorOrigination', 'GET /voice-connectors/{voiceConnectorId}/origination', 200, NoBody, origination.getOrigination),
  operation('DeleteVoiceConnectorOrigination', 'DELETE /voice-connectors/{voiceConnectorId}/origination', 204, NoBody, origination.deleteOrigination),

  operation('CreateVoiceConnectorGroup', 'POST /voice-connector-groups', 201, schema.CreateVoiceConnectorGroup, group.createVoiceConnectorGroup),
  operation('ListVoiceConnectorGroups', 'GET /voice-connector-groups', 200, NoBody, group.listVoiceConnectorGroups),
  operation('GetVoiceConnectorGroup', 'GET /voice-connector-groups/{voiceConnectorGroupId}', 200, NoBody, group.getVoiceConnectorGroup),
  operation('UpdateVoiceConnectorGroup', 'PUT /voice-connector-groups/{voiceConnectorGroupId}', 202, schema.UpdateVoiceConnectorGroup, group.updateVoiceConnectorGroup),
  operation('DeleteVoiceConnectorGroup', 'DELETE /voice-connector-groups/{voiceConnectorGroupId}', 204, NoBody, group.deleteVoiceConnectorGroup),

  operation('AssociatePhoneNumbersWithVoiceConnector', 'POST /voice-connectors/{voiceConnectorId}?operation=associate-phone-numbers', 200, schema.AssociatePhoneNumbers, association.associatePhoneNumbersWithVoiceConnector),
  operation('DisassociatePhoneNumbersFromVoiceConnector', 'POST /voice-connectors/{voiceConnectorId}?operation=disassociate-phone-numbers', 200, schema.DisassociatePhoneNumbers, association.disassociatePhoneNumbersFromVoiceConnector),
  operation('AssociatePhoneNumbersWithVoiceConnectorGroup', 'POST /voice-connector-groups/{voiceConnectorGroupId}?operation=associate-phone-numbers', 200, schema.AssociatePhoneNumbers, association.associatePhoneNumbersWithVoiceConnectorGroup),
  operation('DisassociatePhoneNumbersFromVoiceConnectorGroup', 'POST /voice-connector-groups/{voiceConnectorGroupId}?operation=disassociate-phone-numbers', 200, schema.DisassociatePhoneNumbers, association.disassociatePhoneNumbersFromVoiceConnectorGroup),

  operation('PutVoiceConnectorLoggingConfiguration', 'PUT /voice-connectors/{voiceConnectorId}/logging-configuration', 200, schema.PutLoggingConfiguration, configuration.putLoggingConfiguration),
  operation('GetVoiceConnectorLoggingConfiguration', 'GET /voice-connectors/{voiceConnectorId}/logging-configuration', 200, NoBody, configuration.getLoggingConfiguration),
  operation('PutVoiceConnectorStreamingConfiguration', 'PUT /voice-connectors/{voiceConnectorId}/streaming-configuration', 200, schema.PutStreamingConfiguration, configuration.putStreamingConfiguration),
  operation('GetVoiceConnectorStreamingConfiguration', 'GET /voice-connectors/{voiceConnectorId}/streaming-configuration', 200, NoBody, configuration.getConfiguration('streaming-configuration')),
  operation('DeleteVoiceConnectorStreamingConfiguration', 'DELETE /voice-connectors/{voiceConnectorId}/streaming-configuration', 204, NoBody, configuration.deleteConfiguration('streaming-configuration')),
  operation('PutVoiceConnectorEmergencyCallingConfiguration', 'PUT /voice-connectors/{voiceConnectorId}/emergency-calling-configuration', 200, schema.PutEmergencyCallingConfiguration, emergencyCalling.putEmergencyCallingConfiguration),
  operation('GetVoiceConnectorEmergencyCallingConfiguration', 'GET /voice-connectors/{voiceConnectorId}/emergency-calling-configuration', 200, NoBody, configuration.getConfiguration('emergency-calling-configuration')),
  operation('DeleteVoiceConnectorEmergencyCallingConfiguration', 'DELETE /voice-connectors/{voiceConnectorId}/emergency-calling-configuration', 204, NoBody, configuration.deleteConfiguration('emergency-calling-configuration')),
  operation('PutVoiceConnectorExternalSystemsConfiguration', 'PUT /voice-connectors/{voiceConnectorId}/external-systems-configuration', 200, schema.PutExternalSystemsConfiguration, configuration.putExternalSystemsConfiguration),
  operation('GetVoiceConnectorExternalSystemsConfiguration', 'GET /voice-connectors/{voiceConnectorId}/external-systems-configuration', 200, NoBody, configuration.getConfiguration('external-systems-configuration')),
  operation('DeleteVoiceConnectorExternalSystemsConfiguration', 'DELETE /voice-connectors/{voiceConnectorId}/external-systems-configuration', 204, NoBody, configuration.deleteConfiguration('external-systems-configuration')),
  operation('ValidateE911Address', 'POST /emergency-calling/address', 202, schema.ValidateE911Address, e911Address.validateE911Address),

  operation('SearchAvailablePhoneNumbers', 'GET /search?type=phone-numbers', 200, NoBody, search.searchAvailablePhoneNumbers),
  operation('ListSupportedPhoneNumberCountries', 'GET /phone-number-countries', 200, NoBody, search.listSupportedPhoneNumberCountries),
  operation('CreatePhoneNumberOrder', 'POST /phone-number-orders', 201, schema.CreatePhoneNumberOrder, order.createPhoneNumberOrder),
  operation('ListPhoneNumberOrders', 'GET /phone-number-orders', 200, NoBody, order.listPhoneNumberOrders),
  operation('GetPhoneNumberOrder', 'GET /phone-number-orders/{phoneNumberOrderId}', 200, NoBody, order.getPhoneNumberOrder),
  operation('ListPhoneNumbers', 'GET /phone-numbers', 200, NoBody, phoneNumber.listPhoneNumbers),
  operation('GetPhoneNumber', 'GET /phone-numbers/{phoneNumberId}', 200, NoBody, phoneNumber.getPhoneNumber),
  operation('UpdatePhoneNumber', 'POST /phone-numbers/{phoneNumberId}', 200, schema.UpdatePhoneNumber, phoneNumber.updatePhoneNumber),
  operation('BatchUpdatePhoneNumber', 'POST /phone-numbers?operation=batch-update', 200, schema.BatchUpdatePhoneNumber, phoneNumber.batchUpdatePhoneNumber),
  operation('DeletePhoneNumber', 'DELETE /phone-numbers/{phoneNumberId}', 204, NoBody, phoneNumber.deletePhoneNumber),
  operation('BatchDeletePhoneNumber', 'POST /phone-numbers?operation=batch-delete', 200, schema.BatchDeletePhoneNumber, phoneNumber.batchDeletePhoneNumber),
  operation('RestorePhoneNumber', 'POST /phone-numbers/{phoneNumberId}?operation=restore', 200, NoBody, phoneNumber.restorePhoneNumber),
  operation('GetPhoneNumberSettings', 'GET /settings/phone-number', 200, NoBody, settings.getPhoneNumberSettings),
  operation('UpdatePhoneNumberSettings', 'PUT /settings/phone-number', 204, schema.UpdatePhoneNumberSettings, settings.updatePhoneNumberSettings),

  operation('GetGlobalSettings', 'GET /settings', 200, NoBody, settings.getGlobalSettings),
  operation('UpdateGlobalSettings', 'PUT /settings', 204, schema.GlobalSettings, settings.updateGlobalSettings),
  operation('TagResource', 'POST /tags?operation=tag-resource', 204, schema.TagResource, tags.tagResource),
  operation('UntagResource', 'POST /tags?operation=untag-resource', 204, schema.UntagResource, tags.untagResource),
  operation('ListTagsForResource', 'GET /tags', 200, NoBody, tags.listTagsForResource),
];
