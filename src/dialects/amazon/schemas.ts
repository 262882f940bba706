import { Type, type Static, type TSchema } from 'typebox';

// The structures of chime-sdk-voice 2022-08-03, widened where chime 2018-05-01 allowed more: a request does not say
// which of the two services it was meant for. Names are the model's.

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);
const listOf = Type.Array;

/** A string with at least one character that is not blank. */
const NonEmptyString = Type.String({ pattern: '\\S' });
const Timestamp = Type.String();
const Name = Type.String({ minLength: 1, maxLength: 256 });
const E164PhoneNumber = Type.String({ pattern: '^\\+?[1-9]\\d{1,14}$' });
const Alpha2CountryCode = Type.String({ pattern: '^[A-Z]{2}$' });
const CallingName = Type.String({ pattern: '^$|^[a-zA-Z0-9 ]{2,15}$' });
const PhoneNumberName = Type.String({ maxLength: 256, pattern: '^$|^[a-zA-Z0-9,._-]+(\\s+[a-zA-Z0-9,._-]+)*$' });
const Arn = Type.String({ maxLength: 1024, pattern: '^arn[/:\\-_.a-zA-Z0-9]+$' });
const S3BucketName = Type.String({ maxLength: 64, pattern: '^(?!xn--|.+-s3alias$)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$' });
const CallDistributionType = Type.Enum(['PriorityWeightedDistribution', 'LoadBalancedDistribution']);
const IntegrationType = Type.Enum(['CONNECT_CALL_TRANSFER_CONNECTOR', 'CONNECT_ANALYTICS_CONNECTOR']);
const NetworkType = Type.Enum(['IPV4_ONLY', 'DUAL_STACK']);
const PhoneNumberProductType = Type.Enum(['VoiceConnector', 'SipMediaApplicationDialIn']);
const AnyProductType = Type.Enum(['VoiceConnector', 'SipMediaApplicationDialIn', 'BusinessCalling']);
const PhoneNumberType = Type.Enum(['Local', 'TollFree']);

export const VOICE_CONNECTOR_REGIONS = [
  'us-east-1',
  'us-west-2',
  'ca-central-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'ap-northeast-2',
  'ap-northeast-1',
  'ap-southeast-1',
  'ap-southeast-2',
] as const;
const VoiceConnectorAwsRegion = Type.Enum([...VOICE_CONNECTOR_REGIONS]);

const TagKey = Type.String({ minLength: 1, maxLength: 128 });
const Tag = Type.Object({ Key: TagKey, Value: Type.String({ maxLength: 256 }) });
export type Tag = Static<typeof Tag>;
const TagList = listOf(Tag, { minItems: 1, maxItems: 50 });

export const NoBody = Type.Object({});

// Voice Connectors

const VoiceConnector = Type.Object({
  VoiceConnectorId: Type.String(),
  AwsRegion: VoiceConnectorAwsRegion,
  Name,
  OutboundHostName: Type.String(),
  RequireEncryption: Type.Boolean(),
  CreatedTimestamp: Timestamp,
  UpdatedTimestamp: Timestamp,
  VoiceConnectorArn: Type.String(),
  IntegrationType: optional(IntegrationType),
  NetworkType,
});
export type VoiceConnector = Static<typeof VoiceConnector>;

export const CreateVoiceConnector = Type.Object({
  Name,
  RequireEncryption: Type.Boolean(),
  AwsRegion: optional(VoiceConnectorAwsRegion),
  Tags: optional(TagList),
  IntegrationType: optional(IntegrationType),
  NetworkType: optional(NetworkType),
});
export const UpdateVoiceConnector = Type.Object({ Name, RequireEncryption: Type.Boolean() });

// Termination: from the customer's phone system into the connector

/** The vendor's construct caps calls per second here; the model has no upper bound. */
const MOST_CALLS_PER_SECOND = 256;

const Termination = Type.Object({
  CpsLimit: optional(Type.Integer({ minimum: 1, maximum: MOST_CALLS_PER_SECOND })),
  DefaultPhoneNumber: optional(E164PhoneNumber),
  CallingRegions: optional(listOf(Alpha2CountryCode)),
  CidrAllowedList: optional(listOf(Type.String())),
  Disabled: optional(Type.Boolean()),
});
export type Termination = Static<typeof Termination>;
export const PutTermination = Type.Object({ Termination });

/** US-ASCII without control characters (RFC 2617); a colon would end the name inside H(username:realm:password). */
const Username = Type.String({ minLength: 1, maxLength: 256, pattern: '^[\\x20-\\x39\\x3b-\\x7e]+$' });
const Password = Type.String({ minLength: 1, maxLength: 256, pattern: '^[\\x20-\\x7e]+$' });
/** Most credentials of one connector. */
export const MOST_CREDENTIALS = 10;
export const PutCredentials = Type.Object({
  Credentials: optional(listOf(Type.Object({ Username, Password }), { maxItems: MOST_CREDENTIALS })),
});
export const DeleteCredentials = Type.Object({ Usernames: listOf(Type.String()) });

// Origination: from the connector to the customer's phone system

const OriginationRoute = Type.Object(
  {
    Host: optional(Type.String({ maxLength: 255, pattern: '^([A-Za-z0-9._-]+|\\[?[0-9A-Fa-f:.]+\\]?)$' })),
    Port: optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
    Protocol: optional(Type.Enum(['TCP', 'UDP'])),
    Priority: optional(Type.Integer({ minimum: 1, maximum: 100 })),
    Weight: optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  { minProperties: 1 },
);
export type OriginationRoute = Static<typeof OriginationRoute>;
const Origination = Type.Object({
  Routes: optional(listOf(OriginationRoute, { maxItems: 20 })),
  Disabled: optional(Type.Boolean()),
});
export type Origination = Static<typeof Origination>;
export const PutOrigination = Type.Object({ Origination });

// Groups

const VoiceConnectorItem = Type.Object({
  VoiceConnectorId: NonEmptyString,
  Priority: optional(Type.Integer({ minimum: 1, maximum: 99 })),
});
export type VoiceConnectorItem = Static<typeof VoiceConnectorItem>;
const VoiceConnectorGroup = Type.Object({
  VoiceConnectorGroupId: Type.String(),
  Name,
  VoiceConnectorItems: listOf(VoiceConnectorItem),
  CreatedTimestamp: Timestamp,
  UpdatedTimestamp: Timestamp,
  CallDistributionType: optional(CallDistributionType),
});
export type VoiceConnectorGroup = Static<typeof VoiceConnectorGroup>;
export const CreateVoiceConnectorGroup = Type.Object({
  Name,
  VoiceConnectorItems: optional(listOf(VoiceConnectorItem)),
  CallDistributionType: optional(CallDistributionType),
});
export const UpdateVoiceConnectorGroup = Type.Object({
  Name,
  VoiceConnectorItems: listOf(VoiceConnectorItem),
  CallDistributionType: optional(CallDistributionType),
});

// Configurations

const LoggingConfiguration = Type.Object({
  EnableSIPLogs: optional(Type.Boolean()),
  EnableMediaMetricLogs: optional(Type.Boolean()),
});
export type LoggingConfiguration = Static<typeof LoggingConfiguration>;
export const PutLoggingConfiguration = Type.Object({ LoggingConfiguration });

const StreamingConfiguration = Type.Object({
  DataRetentionInHours: Type.Integer({ minimum: 0 }),
  Disabled: optional(Type.Boolean()),
  StreamingNotificationTargets: optional(
    listOf(Type.Object({ NotificationTarget: optional(Type.Enum(['EventBridge', 'SNS', 'SQS'])) }), {
      minItems: 1,
      maxItems: 3,
    }),
  ),
  MediaInsightsConfiguration: optional(
    Type.Object({ Disabled: optional(Type.Boolean()), ConfigurationArn: optional(Arn) }),
  ),
});
export type StreamingConfiguration = Static<typeof StreamingConfiguration>;
export const PutStreamingConfiguration = Type.Object({ StreamingConfiguration });

export const PutExternalSystemsConfiguration = Type.Object({
  SessionBorderControllerTypes: optional(
    listOf(
      Type.Enum([
        'RIBBON_SBC',
        'ORACLE_ACME_PACKET_SBC',
        'AVAYA_SBCE',
        'CISCO_UNIFIED_BORDER_ELEMENT',
        'AUDIOCODES_MEDIANT_SBC',
      ]),
    ),
  ),
  ContactCenterSystemTypes: optional(
    listOf(
      Type.Enum([
        'GENESYS_ENGAGE_ON_PREMISES',
        'AVAYA_AURA_CALL_CENTER_ELITE',
        'AVAYA_AURA_CONTACT_CENTER',
        'CISCO_UNIFIED_CONTACT_CENTER_ENTERPRISE',
      ]),
    ),
  ),
});
/** Here the members of the configuration are the body itself. */
export type ExternalSystemsConfiguration = Static<typeof PutExternalSystemsConfiguration>;

const EmergencyCallingConfiguration = Type.Object({
  DNIS: optional(
    listOf(
      Type.Object({
        EmergencyPhoneNumber: E164PhoneNumber,
        TestPhoneNumber: optional(E164PhoneNumber),
        CallingCountry: Alpha2CountryCode,
      }),
    ),
  ),
});
export type EmergencyCallingConfiguration = Static<typeof EmergencyCallingConfiguration>;
export const PutEmergencyCallingConfiguration = Type.Object({ EmergencyCallingConfiguration });

export const ValidateE911Address = Type.Object({
  AwsAccountId: NonEmptyString,
  StreetNumber: NonEmptyString,
  StreetInfo: NonEmptyString,
  City: NonEmptyString,
  State: NonEmptyString,
  Country: NonEmptyString,
  PostalCode: NonEmptyString,
});

// Phone numbers

const PhoneNumber = Type.Object({
  PhoneNumberId: Type.String(),
  E164PhoneNumber,
  Country: optional(Alpha2CountryCode),
  Type: PhoneNumberType,
  ProductType: PhoneNumberProductType,
  Status: Type.Enum(['Unassigned', 'Assigned', 'ReleaseInProgress']),
  Capabilities: Type.Record(Type.String(), Type.Boolean()),
  Associations: listOf(
    Type.Object({
      Value: Type.String(),
      Name: Type.Enum(['VoiceConnectorId', 'VoiceConnectorGroupId']),
      AssociatedTimestamp: Timestamp,
    }),
  ),
  CallingName: optional(CallingName),
  CallingNameStatus: Type.Enum(['Unassigned', 'UpdateSucceeded']),
  CreatedTimestamp: Timestamp,
  UpdatedTimestamp: Timestamp,
  DeletionTimestamp: optional(Timestamp),
  OrderId: Type.String(),
  Name: optional(PhoneNumberName),
});
export type PhoneNumber = Static<typeof PhoneNumber>;
export type PhoneNumberAssociation = PhoneNumber['Associations'][number];
/** One number of a batch that could not be changed; the others were. */
export interface PhoneNumberError {
  PhoneNumberId: string;
  ErrorCode: string;
  ErrorMessage: string;
}

const phoneNumberChanges = {
  ProductType: optional(PhoneNumberProductType),
  CallingName: optional(CallingName),
  Name: optional(PhoneNumberName),
};
export const UpdatePhoneNumber = Type.Object(phoneNumberChanges);
export type PhoneNumberChanges = Static<typeof UpdatePhoneNumber>;
export const BatchUpdatePhoneNumber = Type.Object({
  UpdatePhoneNumberRequestItems: listOf(Type.Object({ PhoneNumberId: NonEmptyString, ...phoneNumberChanges })),
});
export const BatchDeletePhoneNumber = Type.Object({ PhoneNumberIds: listOf(NonEmptyString, { minItems: 1 }) });
export const AssociatePhoneNumbers = Type.Object({
  E164PhoneNumbers: listOf(E164PhoneNumber),
  ForceAssociate: optional(Type.Boolean()),
});
export const DisassociatePhoneNumbers = Type.Object({ E164PhoneNumbers: listOf(E164PhoneNumber) });

export const ListPhoneNumbersQuery = Type.Object({
  status: optional(Type.String()),
  'product-type': optional(AnyProductType),
  'filter-name': optional(Type.Enum(['AccountId', 'UserId', 'VoiceConnectorId', 'VoiceConnectorGroupId', 'SipRuleId'])),
  'filter-value': optional(Type.String()),
});
export const SearchQuery = Type.Object({
  'area-code': optional(Type.String({ pattern: '^([0-9]{3})?$' })),
  city: optional(Type.String()),
  state: optional(Type.String()),
  country: optional(Alpha2CountryCode),
  'toll-free-prefix': optional(Type.String({ pattern: '^8(00|33|44|55|66|77|88)$' })),
  'phone-number-type': optional(PhoneNumberType),
});
export const CountriesQuery = Type.Object({ 'product-type': AnyProductType });

const PhoneNumberOrder = Type.Object({
  PhoneNumberOrderId: Type.String(),
  ProductType: PhoneNumberProductType,
  Status: Type.Enum(['Processing', 'Successful', 'Partial', 'Failed']),
  OrderType: Type.Enum(['New']),
  OrderedPhoneNumbers: listOf(
    Type.Object({ E164PhoneNumber, Status: Type.Enum(['Processing', 'Acquired', 'Failed']) }),
  ),
  CreatedTimestamp: Timestamp,
  UpdatedTimestamp: Timestamp,
});
export type PhoneNumberOrder = Static<typeof PhoneNumberOrder>;
/** Most numbers in one order, as many as one search returns; the vendor's bound is not documented. */
const MOST_ORDERED = 500;
export const CreatePhoneNumberOrder = Type.Object({
  ProductType: PhoneNumberProductType,
  E164PhoneNumbers: listOf(E164PhoneNumber, { minItems: 1, maxItems: MOST_ORDERED }),
  Name: optional(PhoneNumberName),
});

// Settings and tags

export const UpdatePhoneNumberSettings = Type.Object({ CallingName });
const BucketSettings = Type.Object({ CdrBucket: optional(S3BucketName) });
export const GlobalSettings = Type.Object({
  VoiceConnector: optional(BucketSettings),
  BusinessCalling: optional(BucketSettings),
});
export type GlobalSettings = Static<typeof GlobalSettings>;

export const TagResource = Type.Object({ ResourceARN: Arn, Tags: TagList });
export const UntagResource = Type.Object({
  ResourceARN: Arn,
  TagKeys: listOf(TagKey, { minItems: 1, maxItems: 50 }),
});
export const ListTagsQuery = Type.Object({ arn: Arn });
