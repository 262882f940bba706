import { badRequest } from './errors.ts';
import { operation, type Answer, type Operation } from './operation.ts';
import { NoBody } from './schemas.ts';

const CALLS = '/sip-media-applications/{sipMediaApplicationId}/calls';
const PROXY = '/voice-connectors/{voiceConnectorId}/programmable-numbers/proxy';
const SESSIONS = '/voice-connectors/{voiceConnectorId}/proxy-sessions';
const SPEAKERS = '/voice-connectors/{voiceConnectorId}/speaker-search-tasks';
const TONES = '/voice-connectors/{voiceConnectorId}/voice-tone-analysis-tasks';
const APPLICATION = '/sip-media-applications/{sipMediaApplicationId}';

/** Operations of the vendor that have nothing to do with trunks: known by name, refused with it. */
// oxfmt-ignore
export const NOT_THERE: readonly Operation[] = [
  absent('CreateSipMediaApplication', 'POST /sip-media-applications'),
  absent('ListSipMediaApplications', 'GET /sip-media-applications'),
  absent('GetSipMediaApplication', `GET ${APPLICATION}`),
  absent('UpdateSipMediaApplication', `PUT ${APPLICATION}`),
  absent('DeleteSipMediaApplication', `DELETE ${APPLICATION}`),
  absent('PutSipMediaApplicationLoggingConfiguration', `PUT ${APPLICATION}/logging-configuration`),
  absent('GetSipMediaApplicationLoggingConfiguration', `GET ${APPLICATION}/logging-configuration`),
  absent('PutSipMediaApplicationAlexaSkillConfiguration', `PUT ${APPLICATION}/alexa-skill-configuration`),
  absent('GetSipMediaApplicationAlexaSkillConfiguration', `GET ${APPLICATION}/alexa-skill-configuration`),
  absent('CreateSipMediaApplicationCall', `POST ${CALLS}`),
  absent('UpdateSipMediaApplicationCall', `POST ${CALLS}/{transactionId}`),
  absent('CreateSipRule', 'POST /sip-rules'),
  absent('ListSipRules', 'GET /sip-rules'),
  absent('GetSipRule', 'GET /sip-rules/{sipRuleId}'),
  absent('UpdateSipRule', 'PUT /sip-rules/{sipRuleId}'),
  absent('DeleteSipRule', 'DELETE /sip-rules/{sipRuleId}'),
  absent('PutVoiceConnectorProxy', `PUT ${PROXY}`),
  absent('GetVoiceConnectorProxy', `GET ${PROXY}`),
  absent('DeleteVoiceConnectorProxy', `DELETE ${PROXY}`),
  absent('CreateProxySession', `POST ${SESSIONS}`),
  absent('ListProxySessions', `GET ${SESSIONS}`),
  absent('GetProxySession', `GET ${SESSIONS}/{proxySessionId}`),
  absent('UpdateProxySession', `POST ${SESSIONS}/{proxySessionId}`),
  absent('DeleteProxySession', `DELETE ${SESSIONS}/{proxySessionId}`),
  absent('CreateVoiceProfile', 'POST /voice-profiles'),
  absent('ListVoiceProfiles', 'GET /voice-profiles'),
  absent('GetVoiceProfile', 'GET /voice-profiles/{voiceProfileId}'),
  absent('UpdateVoiceProfile', 'PUT /voice-profiles/{voiceProfileId}'),
  absent('DeleteVoiceProfile', 'DELETE /voice-profiles/{voiceProfileId}'),
  absent('CreateVoiceProfileDomain', 'POST /voice-profile-domains'),
  absent('ListVoiceProfileDomains', 'GET /voice-profile-domains'),
  absent('GetVoiceProfileDomain', 'GET /voice-profile-domains/{voiceProfileDomainId}'),
  absent('UpdateVoiceProfileDomain', 'PUT /voice-profile-domains/{voiceProfileDomainId}'),
  absent('DeleteVoiceProfileDomain', 'DELETE /voice-profile-domains/{voiceProfileDomainId}'),
  absent('StartSpeakerSearchTask', `POST ${SPEAKERS}`),
  absent('GetSpeakerSearchTask', `GET ${SPEAKERS}/{speakerSearchTaskId}`),
  absent('StopSpeakerSearchTask', `POST ${SPEAKERS}/{speakerSearchTaskId}?operation=stop`),
  absent('StartVoiceToneAnalysisTask', `POST ${TONES}`),
  absent('GetVoiceToneAnalysisTask', `GET ${TONES}/{voiceToneAnalysisTaskId}`),
  absent('StopVoiceToneAnalysisTask', `POST ${TONES}/{voiceToneAnalysisTaskId}?operation=stop`),
];

function absent(name: string, line: `${Operation['method']} /${string}`): Operation {
  const refuse = async (): Promise<Answer> => {
    throw badRequest(`${name} is not there: this server has the operations for trunks, numbers and their settings`);
  };
  return operation(name, line, 200, NoBody, refuse);
}
