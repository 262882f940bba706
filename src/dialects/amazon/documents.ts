import type { DocumentKey, Json, JsonObject, Ledger, Write } from '../../ledger/ledger.ts';
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

/** The part of the ledger, or of a view in a mutation, that reads. */
export type Documents = Pick<Ledger, 'get' | 'list'>;

export function keyOf(kind: Kind, id: string): DocumentKey {
  return { dialect: DIALECT, kind, id };
}

/** The document's body, or undefined where there is none. */
export async function read<K extends Kind>(documents: Documents, kind: K, id: string): Promise<Bodies[K] | undefined> {
  const document = await documents.get(keyOf(kind, id));
  return document ? bodyOf(kind, document.body) : undefined;
}

/** Bodies of one kind, of all ids or of those that begin with `prefix`. */
export async function readAll<K extends Kind>(documents: Documents, kind: K, prefix?: string): Promise<Bodies[K][]> {
  const found = await documents.list({ dialect: DIALECT, kind, prefix });
  return found.map(({ body }) => bodyOf(kind, body));
}

/** Whether there is no document of the kind with an id that begins with `prefix`. */
export async function isEmpty(documents: Documents, kind: Kind, prefix: string): Promise<boolean> {
  const found = await documents.list({ dialect: DIALECT, kind, prefix, limit: 1 });
  return found.length === 0;
}

/** A stored body as its kind's type: only this dialect writes these kinds, and only after checking. */
export function bodyOf<K extends Kind>(_kind: K, body: JsonObject): Bodies[K] {
  return body as unknown as Bodies[K];
}

/** A write that puts the document; members without a value are left out. */
export function put<K extends Kind>(kind: K, id: string, body: Bodies[K]): Write {
  const members: [string, Json | undefined][] = Object.entries(body);
  const present = members.filter((member): member is [string, Json] => member[1] !== undefined);
  return { key: keyOf(kind, id), body: Object.fromEntries(present) };
}

export function remove(kind: Kind, id: string): Write {
  return { key: keyOf(kind, id), body: null };
}

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
