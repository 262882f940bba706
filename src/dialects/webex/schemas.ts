import { Type } from 'typebox';
import { clearable, optional } from './read-body.ts';
import { ACTIONS, CALL_TYPES } from './permissions.ts';

// Bodies as the vendor's descriptions name their members; lengths that it does not tell are our bounds.

const text = (maxLength: number, minLength = 0) => Type.String({ minLength, maxLength, pattern: '^[^\\p{Cc}]*$' });
const name = text(256, 1);
const Flag = Type.Boolean();
const Id = Type.String({ minLength: 1, maxLength: 200 });
const Phone = Type.String({ maxLength: 32, pattern: '^[+\\d() .-]*$' });
const Extension = Type.String({ maxLength: 10, pattern: '^\\d*$' });

export const NoBody = Type.Object({});

const Address = Type.Object({
  address1: text(256, 1),
  address2: optional(text(256)),
  city: text(128, 1),
  state: text(128),
  postalCode: text(32),
  country: Type.String({ pattern: '^[A-Za-z]{2}$' }),
});
const Language = Type.String({ pattern: '^[A-Za-z]{2,3}([_-][A-Za-z]{2,4})?$' });
const TimeZone = Type.String({ minLength: 1, maxLength: 64 });
const Coordinate = Type.String({ maxLength: 32 });
export const CreateLocation = Type.Object({
  name,
  timeZone: TimeZone,
  preferredLanguage: Language,
  announcementLanguage: optional(Language),
  address: Address,
  latitude: optional(Coordinate),
  longitude: optional(Coordinate),
  notes: optional(text(2048)),
});
export const UpdateLocation = Type.Object({
  name: optional(name),
  timeZone: optional(TimeZone),
  preferredLanguage: optional(Language),
  announcementLanguage: optional(Language),
  address: optional(Address),
  latitude: optional(Coordinate),
  longitude: optional(Coordinate),
  notes: optional(text(2048)),
});
export const EnableCalling = Type.Object({
  id: Id,
  name: optional(name),
  timeZone: optional(TimeZone),
  preferredLanguage: optional(Language),
  announcementLanguage: optional(Language),
  address: optional(Address),
});
export const UpdateCalling = Type.Object({
  announcementLanguage: optional(Language),
  callingLineId: optional(Type.Object({ name: optional(text(80)), phoneNumber: optional(Phone) })),
  connection: optional(Type.Object({ type: Type.Enum(['TRUNK', 'ROUTE_GROUP']), id: Id })),
  externalCallerIdName: optional(text(80)),
  pAccessNetworkInfo: optional(text(128)),
  outsideDialDigit: clearable(Type.String({ pattern: '^[0-9]?$' })),
  enforceOutsideDialDigit: optional(Flag),
  routingPrefix: clearable(Type.String({ pattern: '^(\\d{2,7})?$' })),
  chargeNumber: clearable(Phone),
  useChargeNumberForPChargeInfo: optional(Flag),
});

const Email = Type.String({ maxLength: 254, pattern: '^[^@\\s]+@[^@\\s]+$' });
const PhoneNumbers = Type.Array(Type.Object({ type: text(32), value: Phone }), { maxItems: 10 });
const Addresses = Type.Array(
  Type.Object({
    type: optional(text(64)),
    country: optional(text(128)),
    locality: optional(text(128)),
    region: optional(text(128)),
    streetAddress: optional(text(256)),
    postalCode: optional(text(32)),
  }),
  { maxItems: 10 },
);
/** Creating and replacing a person are the same body. */
export const PersonBody = Type.Object({
  emails: Type.Array(Email, { minItems: 1, maxItems: 10 }),
  displayName: optional(name),
  firstName: optional(text(128)),
  lastName: optional(text(128)),
  nickName: optional(text(128)),
  avatar: optional(text(1024)),
  phoneNumbers: optional(PhoneNumbers),
  extension: optional(Extension),
  locationId: optional(Id),
  department: optional(text(128)),
  manager: optional(text(128)),
  managerId: optional(Id),
  title: optional(text(128)),
  addresses: optional(Addresses),
  roles: optional(Type.Array(Id, { maxItems: 50 })),
  licenses: optional(Type.Array(Id, { maxItems: 50 })),
  siteUrls: optional(Type.Array(text(256), { maxItems: 50 })),
  timezone: optional(text(64)),
  loginEnabled: optional(Flag),
});

const WorkspaceMembers = {
  workspaceLocationId: optional(text(200)),
  locationId: optional(Id),
  floorId: optional(text(200)),
  capacity: optional(Type.Integer({ minimum: 0, maximum: 30_000 })),
  type: optional(Type.Enum(['notSet', 'focus', 'huddle', 'meetingRoom', 'open', 'desk', 'other'])),
  sipAddress: optional(text(256)),
  calling: optional(
    Type.Object({
      type: Type.Enum([
        'freeCalling',
        'hybridCalling',
        'webexCalling',
        'webexEdgeForDevices',
        'thirdPartySipCalling',
        'none',
      ]),
      webexCalling: optional(
        Type.Object({
          phoneNumber: optional(Phone),
          extension: optional(Extension),
          locationId: optional(Id),
          licenses: optional(Type.Array(Id, { maxItems: 50 })),
        }),
      ),
    }),
  ),
  notes: optional(text(2048)),
  hotdeskingStatus: optional(Type.Enum(['on', 'off'])),
  supportedDevices: optional(Type.Enum(['phones', 'collaborationDevices'])),
};
export const CreateWorkspace = Type.Object({ displayName: name, ...WorkspaceMembers });
export const UpdateWorkspace = Type.Object({ displayName: optional(name), ...WorkspaceMembers });

const VirtualLineMembers = {
  displayName: optional(name),
  phoneNumber: clearable(Phone),
  extension: clearable(Extension),
  callerIdLastName: optional(text(128)),
  callerIdFirstName: optional(text(128)),
  callerIdNumber: clearable(Phone),
};
export const CreateVirtualLine = Type.Object({
  firstName: text(128, 1),
  lastName: text(128, 1),
  locationId: Id,
  ...VirtualLineMembers,
});
export const UpdateVirtualLine = Type.Object({
  firstName: optional(text(128, 1)),
  lastName: optional(text(128, 1)),
  ...VirtualLineMembers,
});

const ActionName = Type.Enum([...ACTIONS]);
/** `LOCAL` and `TOLL` are older names of parts of `NATIONAL`. */
const CallingPermission = Type.Object({
  callType: Type.Enum([...CALL_TYPES, 'LOCAL', 'TOLL']),
  action: ActionName,
  transferEnabled: Flag,
});
const CallingPermissions = Type.Array(CallingPermission, { maxItems: 50 });
export const LocationPermissions = Type.Object({ callingPermissions: CallingPermissions });
export const LinePermissions = Type.Object({
  useCustomEnabled: optional(Flag),
  useCustomPermissions: optional(Flag),
  callingPermissions: optional(CallingPermissions),
});

const AccessCode = Type.Object({ code: Type.String(), description: Type.String() });
export const CreateAccessCode = AccessCode;
export const CreateAccessCodes = Type.Object({
  accessCodes: Type.Array(AccessCode, { minItems: 1, maxItems: 10_000 }),
});
const DeleteCodes = Type.Array(Type.String(), { maxItems: 10_000 });
export const DeleteAccessCodes = Type.Object({ deleteCodes: DeleteCodes });
export const ModifyAccessCodes = Type.Object({
  useCustomAccessCodes: optional(Flag),
  deleteCodes: optional(DeleteCodes),
});

const TransferNumber = optional(Phone);
const TransferNumberMembers = {
  autoTransferNumber1: TransferNumber,
  autoTransferNumber2: TransferNumber,
  autoTransferNumber3: TransferNumber,
};
export const LocationTransferNumbers = Type.Object(TransferNumberMembers);
export const LineTransferNumbers = Type.Object({ useCustomTransferNumbers: optional(Flag), ...TransferNumberMembers });

const Pattern = Type.String({ maxLength: 32, pattern: '^\\+?[0-9X]*!?$' });
export const CreateDigitPattern = Type.Object({ name, pattern: Pattern, action: ActionName, transferEnabled: Flag });
export const UpdateDigitPattern = Type.Object({
  name: optional(name),
  pattern: optional(Pattern),
  action: optional(ActionName),
  transferEnabled: optional(Flag),
});
export const DigitPatternSettings = Type.Object({ useCustomDigitPatterns: Flag });

const Numbers = Type.Array(Phone, { minItems: 1, maxItems: 1000 });
export const PhoneNumberList = Type.Object({ phoneNumbers: Numbers });
/** Whatever it is that shall be looked at. */
export const ValidateNumbers = Type.Object({
  phoneNumbers: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 1000 }),
});
export const AddNumbers = Type.Object({
  phoneNumbers: Numbers,
  numberType: optional(Type.Enum(['TOLLFREE', 'DID', 'MOBILE'])),
  numberUsageType: optional(Type.Enum(['NONE', 'SERVICE'])),
  state: optional(Type.Enum(['ACTIVE', 'INACTIVE'])),
  subscriptionId: optional(text(256)),
  carrierId: optional(text(256)),
});
export const ManageNumbers = Type.Object({
  phoneNumbers: Numbers,
  action: optional(Type.Enum(['ACTIVATE', 'DEACTIVATE'])),
});

const Password = Type.String({ minLength: 1, maxLength: 256 });
const Domain = Type.String({ maxLength: 253, pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$' });
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const TrunkMembers = {
  dualIdentitySupportEnabled: optional(Flag),
  deviceType: optional(text(128)),
  address: optional(Type.String({ maxLength: 253, pattern: '^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$' })),
  domain: optional(Domain),
  port: optional(Port),
  maxConcurrentCalls: optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  pChargeInfoSupportPolicy: optional(Type.Enum(['DISABLED', 'ASSERTED_IDENTITY', 'CONFIGURABLE_CHARGE_NUMBER'])),
};
export const CreateTrunk = Type.Object({
  name,
  locationId: Id,
  password: Password,
  trunkType: Type.Enum(['REGISTERING', 'CERTIFICATE_BASED']),
  ...TrunkMembers,
});
export const UpdateTrunk = Type.Object({ name, password: optional(Password), ...TrunkMembers });
export const ValidateFqdn = Type.Object({
  address: optional(text(253)),
  domain: optional(text(253)),
  port: optional(Type.Integer()),
});

export const RouteGroupBody = Type.Object({
  name,
  localGateways: Type.Array(Type.Object({ id: Id, priority: Type.Integer({ minimum: 1, maximum: 100 }) }), {
    minItems: 1,
    maxItems: 10,
  }),
});
export const CreateRouteList = Type.Object({ name, locationId: Id, routeGroupId: Id });
export const UpdateRouteList = Type.Object({ name: optional(name), routeGroupId: optional(Id) });
export const RouteListNumbers = Type.Object({
  numbers: optional(
    Type.Array(Type.Object({ number: Phone, action: optional(Type.Enum(['ADD', 'DELETE'])) }), { maxItems: 1000 }),
  ),
  deleteAllNumbers: optional(Flag),
});

const DialPatterns = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 10_000 });
const Route = { routeId: Id, routeType: Type.Enum(['TRUNK', 'ROUTE_GROUP']) };
export const CreateDialPlan = Type.Object({ name, ...Route, dialPatterns: optional(DialPatterns) });
export const UpdateDialPlan = Type.Object({ name, ...Route });
export const ModifyDialPatterns = Type.Object({
  dialPatterns: optional(
    Type.Array(
      Type.Object({ dialPattern: Type.String({ maxLength: 64 }), action: optional(Type.Enum(['ADD', 'DELETE'])) }),
      {
        maxItems: 10_000,
      },
    ),
  ),
  deleteAllDialPatterns: optional(Flag),
});
export const ValidateDialPatterns = Type.Object({ dialPatterns: DialPatterns });

/** The vendor's description says PEOPLE, its clients say USER. */
export const TestCallRouting = Type.Object({
  originatorId: Id,
  originatorType: Type.Enum(['USER', 'PEOPLE', 'PLACE', 'VIRTUAL_LINE', 'TRUNK']),
  destination: text(256, 1),
  originatorNumber: optional(Phone),
  includeAppliedServices: optional(Flag),
});
