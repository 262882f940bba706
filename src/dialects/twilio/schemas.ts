import { Type, type TSchema } from 'typebox';

// The forms of the 2010 API, as the vendor's OpenAPI description names their members.

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);

/** Text that people read; nothing invisible but spaces. */
const text = (maxLength: number) => Type.String({ maxLength, pattern: '^[^\\p{Cc}]*$' });
export const FriendlyName = text(64);
export const LongFriendlyName = text(255);
export const Url = Type.String({ maxLength: 4096, pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s]+$' });
export const Method = Type.Enum(['GET', 'POST']);
export const sidOf = (prefix: string) => Type.String({ pattern: `^${prefix}[0-9a-fA-F]{32}$` });
/** Whether it is an IPv4 address is checked where it is read. */
export const Ipv4Address = Type.String({ maxLength: 15 });
export const CidrPrefixLength = Type.Integer({ minimum: 1, maximum: 32 });
const PhoneNumber = Type.String({ pattern: '^\\+[1-9]\\d{1,14}$' });

export const NoForm = Type.Object({});

export const UpdateAccount = Type.Object({
  FriendlyName: optional(FriendlyName),
  Status: optional(Type.Enum(['active', 'suspended', 'closed'])),
});
export const KeyForm = Type.Object({ FriendlyName: optional(FriendlyName) });

const DomainMembers = {
  FriendlyName: optional(FriendlyName),
  VoiceUrl: optional(Url),
  VoiceMethod: optional(Method),
  VoiceFallbackUrl: optional(Url),
  VoiceFallbackMethod: optional(Method),
  VoiceStatusCallbackUrl: optional(Url),
  VoiceStatusCallbackMethod: optional(Method),
  SipRegistration: optional(Type.Boolean()),
  EmergencyCallingEnabled: optional(Type.Boolean()),
  Secure: optional(Type.Boolean()),
  ByocTrunkSid: optional(sidOf('BY')),
  EmergencyCallerSid: optional(sidOf('PN')),
};
export const CreateDomain = Type.Object({ DomainName: Type.String(), ...DomainMembers });
export const UpdateDomain = Type.Object({ DomainName: optional(Type.String()), ...DomainMembers });

export const CredentialListForm = Type.Object({ FriendlyName });

/** No colon, which ends the name within a digest (RFC 7616 §3.4.2), and nothing invisible. */
const Username = Type.String({ maxLength: 32, pattern: '^[^:\\p{C}\\p{Z}]+$' });
/** How long a password may be is nobody's rule; this is our bound. */
const Password = Type.String({ maxLength: 255 });
export const CreateCredential = Type.Object({ Username, Password });
export const UpdateCredential = Type.Object({ Password: optional(Password) });

export const IpAccessControlListForm = Type.Object({ FriendlyName: LongFriendlyName });
export const CreateIpAddress = Type.Object({
  FriendlyName: LongFriendlyName,
  IpAddress: Ipv4Address,
  CidrPrefixLength: optional(CidrPrefixLength),
});
export const UpdateIpAddress = Type.Object({
  FriendlyName: optional(LongFriendlyName),
  IpAddress: optional(Ipv4Address),
  CidrPrefixLength: optional(CidrPrefixLength),
});

export const MapCredentialList = Type.Object({ CredentialListSid: sidOf('CL') });
export const MapIpAccessControlList = Type.Object({ IpAccessControlListSid: sidOf('AL') });

const NumberMembers = {
  ApiVersion: optional(Type.Enum(['2010-04-01'])),
  FriendlyName: optional(FriendlyName),
  SmsApplicationSid: optional(sidOf('AP')),
  SmsFallbackMethod: optional(Method),
  SmsFallbackUrl: optional(Url),
  SmsMethod: optional(Method),
  SmsUrl: optional(Url),
  StatusCallback: optional(Url),
  StatusCallbackMethod: optional(Method),
  VoiceApplicationSid: optional(sidOf('AP')),
  VoiceCallerIdLookup: optional(Type.Boolean()),
  VoiceFallbackMethod: optional(Method),
  VoiceFallbackUrl: optional(Url),
  VoiceMethod: optional(Method),
  VoiceUrl: optional(Url),
  EmergencyStatus: optional(Type.Enum(['Active', 'Inactive'])),
  EmergencyAddressSid: optional(sidOf('AD')),
  TrunkSid: optional(sidOf('TK')),
  IdentitySid: optional(sidOf('RI')),
  AddressSid: optional(sidOf('AD')),
  VoiceReceiveMode: optional(Type.Enum(['voice', 'fax'])),
  BundleSid: optional(sidOf('BU')),
};
export const CreateIncomingPhoneNumber = Type.Object({
  ...NumberMembers,
  PhoneNumber: optional(PhoneNumber),
  AreaCode: optional(Type.String({ pattern: '^\\d{3}$' })),
});
export const UpdateIncomingPhoneNumber = Type.Object({ ...NumberMembers, AccountSid: optional(sidOf('AC')) });
export const ListIncomingPhoneNumbers = Type.Object({
  Beta: optional(Type.Boolean()),
  FriendlyName: optional(Type.String()),
  PhoneNumber: optional(Type.String({ maxLength: 64 })),
  Origin: optional(Type.String()),
});

const Flag = optional(Type.Boolean());
/** Places other than the region are not told apart: filters by them find nothing. */
export const SearchAvailablePhoneNumbers = Type.Object({
  AreaCode: optional(Type.Integer({ minimum: 200, maximum: 999 })),
  Contains: optional(Type.String({ maxLength: 64, pattern: '^[0-9A-Za-z*+]+$' })),
  InRegion: optional(Type.String({ maxLength: 64 })),
  InLocality: optional(Type.String()),
  InPostalCode: optional(Type.String()),
  InRateCenter: optional(Type.String()),
  InLata: optional(Type.String()),
  NearNumber: optional(Type.String()),
  NearLatLong: optional(Type.String()),
  Distance: optional(Type.Integer()),
  SmsEnabled: Flag,
  MmsEnabled: Flag,
  VoiceEnabled: Flag,
  FaxEnabled: Flag,
  ExcludeAllAddressRequired: Flag,
  ExcludeLocalAddressRequired: Flag,
  ExcludeForeignAddressRequired: Flag,
  Beta: Flag,
});
