import { documentsOf } from '../documents.ts';

export type { Documents } from '../documents.ts';

export const DIALECT = 'twilio';

/** The digest realm of every SIP domain and every trunk. */
export const REALM = 'sip.twilio.com';

/** What every resource has; times as ISO 8601 without fraction. */
interface Dated {
  date_created: string;
  date_updated: string;
}

interface Resource extends Dated {
  sid: string;
}

type Url = string | null;
type Method = 'GET' | 'POST';

export interface Account extends Dated {
  friendly_name: string;
}

/** An API key; of its secret only the hash is kept: it is random and long, so that none can be guessed from it. */
export interface ApiKey extends Resource {
  friendly_name: string;
  /** SHA-256 of the secret, hexadecimal. */
  secret_hash: string;
}

export interface SipDomain extends Resource {
  /** Lower case, as created: `label.sip.twilio.com`. */
  domain_name: string;
  friendly_name: string | null;
  voice_url: Url;
  voice_method: Method;
  voice_fallback_url: Url;
  voice_fallback_method: Method;
  voice_status_callback_url: Url;
  voice_status_callback_method: Method;
  sip_registration: boolean;
  emergency_calling_enabled: boolean;
  secure: boolean;
  byoc_trunk_sid: string | null;
  emergency_caller_sid: string | null;
}

export interface CredentialList extends Resource {
  friendly_name: string;
}

export interface Credential extends Resource {
  credential_list_sid: string;
  username: string;
}

/** The digest secrets of a credential; the password is never kept. */
export interface CredentialSecret {
  credential_sid: string;
  credential_list_sid: string;
  username: string;
  /** JSON of CredentialSecrets for REALM, sealed under `sealLabel`. */
  sealed: string;
}

export interface IpAccessControlList extends Resource {
  friendly_name: string;
}

export interface IpAddress extends Resource {
  ip_access_control_list_sid: string;
  friendly_name: string;
  /** IPv4, dotted decimal. */
  ip_address: string;
  cidr_prefix_length: number;
}

/** That a list counts for a domain or a trunk; `sid` is the list's. */
export type Mapping = Resource;

export interface IncomingPhoneNumber extends Resource {
  /** E.164 with the plus sign. */
  phone_number: string;
  friendly_name: string;
  voice_url: Url;
  voice_method: Method;
  voice_fallback_url: Url;
  voice_fallback_method: Method;
  voice_application_sid: string | null;
  voice_caller_id_lookup: boolean;
  voice_receive_mode: 'voice' | 'fax';
  status_callback: Url;
  status_callback_method: Method;
  /** While set, calls go to the trunk and every voice URL is passed over; never together with an application. */
  trunk_sid: string | null;
  sms_url: Url;
  sms_method: Method;
  sms_fallback_url: Url;
  sms_fallback_method: Method;
  sms_application_sid: string | null;
  address_sid: string | null;
  identity_sid: string | null;
  bundle_sid: string | null;
  emergency_status: 'Active' | 'Inactive';
  emergency_address_sid: string | null;
}

export interface Trunk extends Resource {
  /** Lower case, `label.pstn.twilio.com`; null while none is given. */
  domain_name: string | null;
  friendly_name: string | null;
  disaster_recovery_url: Url;
  disaster_recovery_method: Method;
  transfer_mode: 'disable-all' | 'enable-all' | 'sip-only';
  transfer_caller_id: 'from-transferee' | 'from-transferor';
  secure: boolean;
  cnam_lookup_enabled: boolean;
  recording: {
    mode:
      | 'do-not-record'
      | 'record-from-ringing'
      | 'record-from-answer'
      | 'record-from-ringing-dual'
      | 'record-from-answer-dual';
    trim: 'trim-silence' | 'do-not-trim';
  };
}

export interface OriginationUrl extends Resource {
  trunk_sid: string;
  friendly_name: string;
  sip_url: string;
  weight: number;
  priority: number;
  enabled: boolean;
}

export interface IpRecord extends Resource {
  friendly_name: string | null;
  /** IPv4, dotted decimal. */
  ip_address: string;
  cidr_prefix_length: number;
}

export interface SourceIpMapping extends Resource {
  ip_record_sid: string;
  sip_domain_sid: string;
}

export interface ByocTrunk extends Resource {
  friendly_name: string | null;
  voice_url: Url;
  voice_method: Method;
  voice_fallback_url: Url;
  voice_fallback_method: Method;
  status_callback_url: Url;
  status_callback_method: Method;
  cnam_lookup_enabled: boolean;
  connection_policy_sid: string | null;
  from_domain_sid: string | null;
}

export interface ConnectionPolicy extends Resource {
  friendly_name: string | null;
}

export interface ConnectionPolicyTarget extends Resource {
  connection_policy_sid: string;
  friendly_name: string | null;
  target: string;
  priority: number;
  weight: number;
  enabled: boolean;
}

export interface DialingPermissionsCountry {
  iso_code: string;
  low_risk_numbers_enabled: boolean;
  high_risk_special_numbers_enabled: boolean;
  high_risk_tollfraud_numbers_enabled: boolean;
}

/** Where the calls of a domain, trunk or number are processed: kept, since there is one place only. */
export interface Route extends Resource {
  friendly_name: string | null;
  voice_region: string | null;
}

/** What is stored, by kind. The id is the resource's SID where no other is named. */
export interface Bodies {
  /** Exists once the account was given a name. Id: the account's SID. */
  account: Account;
  'api-key': ApiKey;

  'sip-domain': SipDomain;
  'credential-list': CredentialList;
  /** Id: `CL…/CR…`. */
  credential: Credential;
  /** Id: `CL…/username`. Lives and dies with the credential. */
  'credential-secret': CredentialSecret;
  'ip-access-control-list': IpAccessControlList;
  /** Id: `AL…/IP…`. */
  'ip-address': IpAddress;
  /** Id: `SD…/CL…`. The legacy mappings are the same documents. */
  'calls-credential-list-mapping': Mapping;
  /** Id: `SD…/AL…`. The legacy mappings are the same documents. */
  'calls-ip-access-control-list-mapping': Mapping;
  /** Id: `SD…/CL…`. */
  'registrations-credential-list-mapping': Mapping;
  'incoming-phone-number': IncomingPhoneNumber;
  /** Who has a number. Id: E.164 with the plus sign. Lives and dies with the number. */
  'phone-number-holder': { sid: string };

  trunk: Trunk;
  /** Id: `TK…/OU…`. */
  'origination-url': OriginationUrl;
  /** Id: `TK…/CL…`. */
  'trunk-credential-list': Mapping;
  /** Id: `TK…/AL…`. */
  'trunk-ip-access-control-list': Mapping;

  'ip-record': IpRecord;
  'source-ip-mapping': SourceIpMapping;
  'byoc-trunk': ByocTrunk;
  'connection-policy': ConnectionPolicy;
  /** Id: `NY…/NE…`. */
  'connection-policy-target': ConnectionPolicyTarget;
  /** Only countries that were changed. Id: ISO 3166-1 alpha-2. */
  'dialing-permissions-country': DialingPermissionsCountry;
  /** Id: the account's SID. */
  'dialing-permissions-settings': { dialing_permissions_inheritance: boolean };

  /** Id: the SIP domain's name. */
  'sip-domain-route': Route;
  /** Id: the trunk's domain name. */
  'trunk-route': Route;
  /** Id: E.164 with the plus sign. */
  'phone-number-route': Route;
}
export type Kind = keyof Bodies;

export const { keyOf, read, readAll, isEmpty, bodyOf, put, remove } = documentsOf<Bodies>(DIALECT);

/** The id of a document that belongs to another: `parent/own`. */
export function childId(parent: string, own: string): string {
  return `${parent}/${own}`;
}

/** What a credential's secrets are sealed under: its document's key, so that they cannot be moved to another. */
export function sealLabel(credentialListSid: string, username: string): string {
  return `${DIALECT}/credential-secret/${childId(credentialListSid, username)}`;
}

/** Trunk.id in the rulebook of a SIP domain (SD…) or an elastic trunk (TK…). */
export function trunkId(sid: string): string {
  return `${DIALECT}:${sid}`;
}
