import { Type, type TSchema } from 'typebox';
import { CidrPrefixLength, FriendlyName, Ipv4Address, LongFriendlyName, Method, sidOf, Url } from './schemas.ts';

// The forms of trunking v1, voice v1 and routes v2, as the vendor's OpenAPI descriptions name their members.

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);

/** Whether it names a place is checked where it is read. */
const SipUrl = Type.String({ maxLength: 1024 });
const Weight = Type.Integer({ minimum: 1, maximum: 65_535 });
const Priority = Type.Integer({ minimum: 0, maximum: 65_535 });

export const TrunkForm = Type.Object({
  FriendlyName: optional(FriendlyName),
  DomainName: optional(Type.String({ maxLength: 255 })),
  DisasterRecoveryUrl: optional(Url),
  DisasterRecoveryMethod: optional(Method),
  TransferMode: optional(Type.Enum(['disable-all', 'enable-all', 'sip-only'])),
  Secure: optional(Type.Boolean()),
  CnamLookupEnabled: optional(Type.Boolean()),
  TransferCallerId: optional(Type.Enum(['from-transferee', 'from-transferor'])),
});

export const RecordingForm = Type.Object({
  Mode: optional(
    Type.Enum([
      'do-not-record',
      'record-from-ringing',
      'record-from-answer',
      'record-from-ringing-dual',
      'record-from-answer-dual',
    ]),
  ),
  Trim: optional(Type.Enum(['trim-silence', 'do-not-trim'])),
});

export const CreateOriginationUrl = Type.Object({
  Weight,
  Priority,
  Enabled: Type.Boolean(),
  FriendlyName,
  SipUrl,
});
export const UpdateOriginationUrl = Type.Object({
  Weight: optional(Weight),
  Priority: optional(Priority),
  Enabled: optional(Type.Boolean()),
  FriendlyName: optional(FriendlyName),
  SipUrl: optional(SipUrl),
});

export const MapPhoneNumber = Type.Object({ PhoneNumberSid: sidOf('PN') });

export const CreateIpRecord = Type.Object({
  IpAddress: Ipv4Address,
  FriendlyName: optional(LongFriendlyName),
  CidrPrefixLength: optional(CidrPrefixLength),
});
export const NameForm = Type.Object({ FriendlyName: optional(LongFriendlyName) });

export const CreateSourceIpMapping = Type.Object({ IpRecordSid: sidOf('IL'), SipDomainSid: sidOf('SD') });
export const UpdateSourceIpMapping = Type.Object({ SipDomainSid: sidOf('SD') });

export const ByocTrunkForm = Type.Object({
  FriendlyName: optional(LongFriendlyName),
  VoiceUrl: optional(Url),
  VoiceMethod: optional(Method),
  VoiceFallbackUrl: optional(Url),
  VoiceFallbackMethod: optional(Method),
  StatusCallbackUrl: optional(Url),
  StatusCallbackMethod: optional(Method),
  CnamLookupEnabled: optional(Type.Boolean()),
  ConnectionPolicySid: optional(sidOf('NY')),
  FromDomainSid: optional(sidOf('SD')),
});

const TargetMembers = {
  FriendlyName: optional(LongFriendlyName),
  Priority: optional(Priority),
  Weight: optional(Weight),
  Enabled: optional(Type.Boolean()),
};
export const CreateTarget = Type.Object({ Target: SipUrl, ...TargetMembers });
export const UpdateTarget = Type.Object({ Target: optional(SipUrl), ...TargetMembers });

export const BulkCountryUpdates = Type.Object({ UpdateRequest: Type.String() });
export const ListCountries = Type.Object({
  IsoCode: optional(Type.String()),
  Continent: optional(Type.String()),
  CountryCode: optional(Type.String()),
  LowRiskNumbersEnabled: optional(Type.Boolean()),
  HighRiskSpecialNumbersEnabled: optional(Type.Boolean()),
  HighRiskTollfraudNumbersEnabled: optional(Type.Boolean()),
});
export const SettingsForm = Type.Object({ DialingPermissionsInheritance: optional(Type.Boolean()) });

export const RouteForm = Type.Object({
  VoiceRegion: optional(Type.String({ pattern: '^[a-z]{2}[1-9]$' })),
  FriendlyName: optional(LongFriendlyName),
});
