import { documentsOf } from '../documents.ts';
import type { Action, CallTypeName } from './permissions.ts';

export type { Documents } from '../documents.ts';

export const DIALECT = 'webex';

/** The digest realm of every line and trunk, as the vendor's own devices know it; a line may move and keep its password. */
export const REALM = 'BroadWorks';

// Ids within the documents are bare UUIDs; clients see them as `encodeId` writes them. Times are ISO 8601.

/** Who may have permissions of its own: a place, or a line that belongs to one. */
export type OwnerKind = 'location' | LineKind;
export type LineKind = 'person' | 'workspace' | 'virtual-line';

export interface Owner<Kinds extends string = OwnerKind> {
  kind: Kinds;
  id: string;
}

export interface Address {
  address1: string;
  address2?: string;
  city: string;
  state: string;
  postalCode: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
}

export interface Location {
  id: string;
  name: string;
  address: Address;
  timeZone: string;
  preferredLanguage: string;
  /** Such as `en_us`, in any case; null: as `preferredLanguage`. */
  announcementLanguage: string | null;
  latitude: string | null;
  longitude: string | null;
  notes: string | null;
  /** First label of its host name. */
  hostLabel: string;
  /** Null until calling is enabled for it. Without it there are no calls. */
  calling: LocationCalling | null;
}

export interface LocationCalling {
  /** One digit; null: nothing is dialled for an outside line. */
  outsideDialDigit: string | null;
  enforceOutsideDialDigit: boolean;
  /** Digits before extensions of this location, dialled from others; unique. */
  routingPrefix: string | null;
  /** `phoneNumber`, E.164, is the main number. */
  callingLineId: { name: string | null; phoneNumber: string | null };
  /** Where calls to the telephone network go; null: to the gate's own carriers. */
  connection: { type: 'TRUNK' | 'ROUTE_GROUP'; id: string } | null;
  externalCallerIdName: string | null;
  pAccessNetworkInfo: string | null;
  chargeNumber: string | null;
  useChargeNumberForPChargeInfo: boolean;
}

/** What people, workspaces and virtual lines have in common as lines of a location. */
export interface LineMembers {
  id: string;
  displayName: string;
  /** Null: no calling. */
  locationId: string | null;
  extension: string | null;
  /** E.164. */
  phoneNumber: string | null;
}

export interface Person extends LineMembers {
  emails: string[];
  firstName: string;
  lastName: string;
  nickName: string | null;
  avatar: string | null;
  department: string | null;
  manager: string | null;
  managerId: string | null;
  title: string | null;
  addresses: { [member: string]: string | undefined }[];
  /** Numbers besides the one for calls, as given. */
  otherNumbers: { type: string; value: string }[];
  /** As given; what a person may do here is its token's, not its own. */
  roles: string[];
  licenses: string[];
  siteUrls: string[];
  timezone: string | null;
  loginEnabled: boolean;
  created: string;
  lastModified: string;
}

export interface Workspace extends LineMembers {
  workspaceLocationId: string | null;
  floorId: string | null;
  capacity: number | null;
  type: string;
  callingType: string;
  licenses: string[];
  sipAddress: string | null;
  notes: string | null;
  hotdeskingStatus: 'on' | 'off';
  supportedDevices: string;
  created: string;
}

export interface VirtualLine extends LineMembers {
  firstName: string;
  lastName: string;
  /** Always in one. */
  locationId: string;
  callerIdFirstName: string | null;
  callerIdLastName: string | null;
  /** E.164; null: its own number. */
  callerIdNumber: string | null;
}

/** How a line's telephone logs in, and whether it may register. Lives and dies with the line. */
export interface LineAccess {
  owner: Owner<LineKind>;
  locationId: string;
  username: string;
  registration: boolean;
}

/** The digest secrets of a line or of a registering trunk; the password is never kept. */
export interface Credential {
  holder: Owner<LineKind | 'trunk'>;
  locationId: string;
  username: string;
  /** JSON of CredentialSecrets for REALM, sealed under `sealLabel`. */
  sealed: string;
}

export interface CallingPermission {
  callType: CallTypeName;
  action: Action;
  transferEnabled: boolean;
}

/**
 * One level's outgoing permission; there is none until something was set, see `permissionOf`. Each switch counts by
 * itself, for its own part; all are true for a location.
 */
export interface OutgoingPermission {
  owner: Owner;
  /** Kept and shown; no call depends on it. */
  useCustomEnabled: boolean;
  useCustomPermissions: boolean;
  /** Every call type, once. Counts only with `useCustomPermissions`; null: none were ever set, and the switch is off. */
  callingPermissions: CallingPermission[] | null;
  /** Without it codes of its own are kept, but those of the location count. */
  useCustomAccessCodes: boolean;
  useCustomTransferNumbers: boolean;
  /** E.164 or an extension; null where none is set. */
  autoTransferNumbers: [string | null, string | null, string | null];
  useCustomDigitPatterns: boolean;
}

export interface DigitPattern {
  id: string;
  owner: Owner;
  name: string;
  /** Digits, `X` for one digit, a final `!` for one or more, perhaps a plus sign first. */
  pattern: string;
  action: Action;
  transferEnabled: boolean;
  created: string;
}

/** A code that lets calls through. The digits are sealed. */
export interface AccessCode {
  id: string;
  owner: Owner<OwnerKind | 'organization'>;
  description: string;
  /** The digits; of a time-based code its secret, base32. Sealed under `codeLabel`. */
  sealed: string;
  created: string;
  /** Orders the codes of one request. */
  place: number;
  /** From then on it is no code. */
  expires: string | null;
  maximumUses: number | null;
  /** E.164 patterns (as DigitPattern.pattern) of what may be called with it; null: anything. */
  destinations: string[] | null;
  /** Time-based one-time code (RFC 6238); null: always the same digits. */
  timeBased: { digits: number; periodSeconds: number } | null;
}

/** How often a code was used, and when last: changes are the audit of its uses, without digits. */
export interface AccessCodeUse {
  codeId: string;
  description: string;
  uses: number;
  lastUsed: string;
  /** The line that used it last. */
  lastLine: string;
  /** Time step of the last one-time code, which is never taken again. */
  lastStep: number | null;
}

/** A number of the organisation. */
export interface PhoneNumber {
  e164: string;
  locationId: string;
  state: 'ACTIVE' | 'INACTIVE';
  numberType: 'DID' | 'TOLLFREE' | 'MOBILE';
  numberUsageType: 'NONE' | 'SERVICE';
  owner: Owner<LineKind> | null;
}

/** A line to premises of the customer. */
export interface Trunk {
  id: string;
  name: string;
  locationId: string;
  trunkType: 'REGISTERING' | 'CERTIFICATE_BASED';
  deviceType: string | null;
  dualIdentitySupportEnabled: boolean;
  /** Host of the premises, before `domain`; certificate-based only. Without a port its SRV records are asked. */
  address: string | null;
  domain: string | null;
  port: number | null;
  maxConcurrentCalls: number | null;
  pChargeInfoSupportPolicy: 'DISABLED' | 'ASSERTED_IDENTITY' | 'CONFIGURABLE_CHARGE_NUMBER';
  /** Identifies the trunk in INVITEs of the premises (RFC 4904 `otg`). */
  otgDtgId: string;
  /** User part of the address that it registers, and its digest user name; registering only. */
  username: string | null;
}

export interface RouteGroup {
  id: string;
  name: string;
  /** Lowest priority first; equals share the calls. */
  localGateways: { trunkId: string; priority: number }[];
}

export interface RouteList {
  id: string;
  name: string;
  locationId: string;
  routeGroupId: string;
}

/** Calls to its patterns go to the premises. */
export interface DialPlan {
  id: string;
  name: string;
  routeType: 'TRUNK' | 'ROUTE_GROUP';
  /** Of a trunk or a route group. */
  routeId: string;
}

export type Role = 'full' | 'location' | 'user' | 'read-only';

/** A further token for this API; the token itself is never kept. */
export interface AccessToken {
  id: string;
  description: string;
  role: Role;
  scopes: string[];
  /** Those a location administrator may change; null: all. */
  locations: string[] | null;
  expires: string | null;
  created: string;
}

/** Calls at once over a trunk that says nothing of it. */
export const USUAL_CALLS = 250;

/** A line or location that may try no codes for a while, kept over a restart. */
export interface StoredLockout {
  id: string;
  kind: 'line' | 'location';
  wrongCodes: number;
  until: string;
}

/** What is stored, by kind. The id is the document's `id` where no other is named. */
export interface Bodies {
  location: Location;
  person: Person;
  workspace: Workspace;
  'virtual-line': VirtualLine;
  /** Id: the line's. */
  'line-access': LineAccess;
  /** Id: `location/username`. */
  credential: Credential;
  /** Whose an extension is. Id: `location/extension`. */
  'extension-holder': Owner<LineKind>;
  /** Id: the address in lower case. */
  'email-holder': { personId: string };
  /** Id: E.164 with the plus sign. */
  'phone-number': PhoneNumber;

  /** Id: the owner's. */
  'outgoing-permission': OutgoingPermission;
  /** Id: `owner/own`. */
  'digit-pattern': DigitPattern;
  /** Id: `owner/fingerprint of the digits`; `owner/t-id` for a time-based code. */
  'access-code': AccessCode;
  /** Id: `owner/the code's`. Lives and dies with the code. */
  'access-code-use': AccessCodeUse;
  /** Id: the line's or location's. */
  lockout: StoredLockout;

  trunk: Trunk;
  'route-group': RouteGroup;
  'route-list': RouteList;
  /** Id: the number. */
  'route-list-number': { number: string; routeListId: string };
  'dial-plan': DialPlan;
  /** Id: the pattern, which is in one dial plan only. */
  'dial-pattern': { pattern: string; dialPlanId: string };

  /** Id: SHA-256 of the token, hexadecimal. */
  'access-token': AccessToken;
}
export type Kind = keyof Bodies;

export const { keyOf, read, readAll, bodyOf, put, remove } = documentsOf<Bodies>(DIALECT);

/** The id of a document that belongs to another: `parent/own`. */
export function childId(parent: string, own: string): string {
  return `${parent}/${own}`;
}

/** What a credential's secrets are sealed under: its document's key, so that they cannot be moved to another. */
export function sealLabel(locationId: string, username: string): string {
  return `${DIALECT}/credential/${childId(locationId, username)}`;
}

/** What a code is sealed under. */
export function codeLabel(ownerId: string, codeId: string): string {
  return `${DIALECT}/access-code/${childId(ownerId, codeId)}`;
}

/** Id in the rulebook: of the trunk that a location makes, of a line, of a premises trunk. */
export function entryId(id: string): string {
  return `${DIALECT}:${id}`;
}
