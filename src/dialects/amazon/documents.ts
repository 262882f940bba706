import { documentsOf } from '../documents.ts';
import type {
  EmergencyCallingConfiguration,
  ExternalSystemsConfiguration,
  GlobalSettings,
  LoggingConfiguration,
  Origination,
  PhoneNumber,
  PhoneNumberOrder,
  StreamingConfiguration,
  Tag,
  Termination,
  VoiceConnector,
  VoiceConnectorGroup,
} from './schemas.ts';

export type { Documents } from '../documents.ts';

export const DIALECT = 'amazon';

/** A termination credential: its digest secrets sealed, the password never kept. */
export interface StoredCredential {
  VoiceConnectorId: string;
  Username: string;
  Realm: string;
  /** JSON of CredentialSecrets, sealed under `sealLabel`. */
  Sealed: string;
}

interface PhoneNumberSettings {
  CallingName: string;
  CallingNameUpdatedTimestamp: string;
}

/** What is stored, by kind. The id is the VoiceConnectorId where no other is named. */
export interface Bodies {
  'voice-connector': VoiceConnector;
  termination: Termination;
  /**
   * Exists once credentials were put: calls must authenticate from then on, even after the last credential is gone,
   * so that deleting credentials never opens a trunk. Deleting the termination settings removes it.
   */
  'termination-authentication': { required: true };
  /** Id: `VoiceConnectorId/Username`. */
  'termination-credential': StoredCredential;
  origination: Origination;
  'logging-configuration': LoggingConfiguration;
  'streaming-configuration': StreamingConfiguration;
  'emergency-calling-configuration': EmergencyCallingConfiguration;
  'external-systems-configuration': ExternalSystemsConfiguration;
  /** Id: VoiceConnectorGroupId. */
  'voice-connector-group': VoiceConnectorGroup;
  /** Id: E.164 with the plus sign. */
  'phone-number': PhoneNumber;
  /** Id: PhoneNumberOrderId. */
  'phone-number-order': PhoneNumberOrder;
  /** Id: the account's. */
  'phone-number-settings': PhoneNumberSettings;
  /** Id: the account's. */
  'global-settings': GlobalSettings;
  /** Id: the resource's ARN. */
  tags: { Tags: Tag[] };
}
export type Kind = keyof Bodies;

/** Kinds of which a Voice Connector has at most one, under its own id. */
export const CONNECTOR_KINDS = [
  'termination',
  'termination-authentication',
  'origination',
  'logging-configuration',
  'streaming-configuration',
  'emergency-calling-configuration',
  'external-systems-configuration',
] as const satisfies readonly Kind[];

export const { keyOf, read, readAll, isEmpty, bodyOf, put, remove } = documentsOf<Bodies>(DIALECT);

export function credentialId(voiceConnectorId: string, username: string): string {
  return `${voiceConnectorId}/${username}`;
}

/** What a credential's secrets are sealed under: its document's key, so that they cannot be moved to another. */
export function sealLabel(voiceConnectorId: string, username: string): string {
  return `${DIALECT}/termination-credential/${credentialId(voiceConnectorId, username)}`;
}

/** Trunk.id of a Voice Connector. */
export function trunkId(voiceConnectorId: string): string {
  return `${DIALECT}:${voiceConnectorId}`;
}

/** `arn:aws:chime:<region>:<account>:vc/<VoiceConnectorId>`. */
export function voiceConnectorArn(region: string, account: string, id: string): string {
  return `arn:aws:chime:${region}:${account}:vc/${id}`;
}
