import type { Block } from '../kit/ip.ts';
import type { Dialling } from './dialling.ts';
import type { ReasonCode } from './decide/reasons.ts';
import type { Realm } from './realm.ts';
import type { Route } from './route.ts';
import type { RuleReference } from './rule.ts';

/** A line between a customer's phone system and the telephone network. Immutable: a change makes a new one. */
export interface Trunk {
  /** Unique over all dialects: `dialect:vendor-id`. */
  readonly id: string;
  /** Owner of the trunk and of the numbers it may show: `dialect:account`. */
  readonly account: string;
  /** Host names, lower case, that name this trunk in a Request-URI. */
  readonly hosts: readonly string[];
  /**
   * Whether signalling must be encrypted (TLS), in both directions; `media`: also the audio that callers into the trunk
   * offer (SRTP); absent: that is between the ends.
   */
  readonly encryption: { readonly required: boolean; readonly media?: boolean; readonly rule: RuleReference };
  /** Calls from the customer into the trunk; null when never set up. */
  readonly termination: Termination | null;
  /** Registration of the customer's telephones; null where the trunk takes none. */
  readonly registration: Registration | null;
  /** Calls from the telephone network to the customer; null when never set up. */
  readonly origination: Origination | null;
  /**
   * Present on a network at a border, which its listeners name: its calls go by policies to other networks, and the
   * terms of customers above mean nothing.
   */
  readonly realm?: Realm;
  /** What the vendor calls the two settings, for the trace of a trunk that lacks one. */
  readonly missing: { readonly termination: RuleReference; readonly origination: RuleReference };
}

/** What a call from the customer must satisfy. A null part asks nothing. */
export interface Termination {
  readonly enabled: { readonly value: boolean; readonly rule: RuleReference };
  /** Source addresses that may call. An empty list lets nobody in. */
  readonly sources: { readonly blocks: readonly Block[]; readonly rule: RuleReference } | null;
  /**
   * Senders that are known by their address alone: they need not name the trunk, and neither its source list nor its
   * credentials are asked for.
   */
  readonly boundSources: { readonly blocks: readonly Block[]; readonly rule: RuleReference } | null;
  /** Senders that are known by their TLS certificate: neither source list nor credentials are asked for. */
  readonly certificates: { readonly names: readonly string[]; readonly rule: RuleReference } | null;
  /** Digest authentication; null when the source alone decides. */
  readonly digest: DigestRule | null;
  /** Called numbers must be written as E.164, with the plus sign; otherwise the digits of one will do. */
  readonly plusSign: { readonly rule: RuleReference } | null;
  /** The caller id must be a number of the account; so must `fallback`, which stands in where the caller shows none. */
  readonly callerId: { readonly fallback: string | null; readonly rule: RuleReference } | null;
  /** ISO 3166-1 alpha-2 codes of the countries that may be called. */
  readonly countries: { readonly allowed: readonly string[]; readonly rule: RuleReference } | null;
  /** Numbers of a risk are judged by this instead of by `countries`; null: premium numbers are refused, and no others. */
  readonly highRisk: HighRisk | null;
  /** New calls in any one second. */
  readonly callsPerSecond: { readonly limit: number; readonly rule: RuleReference } | null;
  /** Calls at the same time, those in set-up included. */
  readonly concurrentCalls: { readonly limit: number; readonly rule: RuleReference } | null;
  /** Where the trunk sends emergency and emergency-test calls of a country, when it says so. */
  readonly emergency: readonly EmergencyRoute[];
  /**
   * The application that answers for the calls, in place of the carriers: whom it lets them speak to is judged when it
   * asks for it. Null: calls go to the carriers.
   */
  readonly application: { readonly id: string; readonly rule: RuleReference } | null;
  /**
   * Calls are dialled by people, with extensions, prefixes and short codes, and judged by permissions, in place of
   * `plusSign`, `countries` and `highRisk`; null: what is dialled is a full number.
   */
  readonly dialling: Dialling | null;
  /** Ways to the telephone network of the customer's own; null: the gate's carriers. */
  readonly carriers: readonly Route[] | null;
  /** SIP statuses of refusals where the vendor answers otherwise than others do. A challenge with one challenges no more. */
  readonly statuses: Readonly<Partial<Record<ReasonCode, number>>>;
}

export interface HighRisk {
  /** Countries whose premium numbers and special services may be called, as ISO 3166-1 alpha-2 codes. */
  readonly special: readonly string[];
  /** Countries of which numbers may be called that are in no range of the country's plan. */
  readonly unallocated: readonly string[];
  readonly rule: RuleReference;
}

export interface DigestRule {
  readonly realm: string;
  /** Names the credentials to ask the compiler for: one of any set will do. */
  readonly credentialSets: readonly string[];
  /** Whether the sets hold nobody: then nobody passes, which is safer than everybody. */
  readonly empty: boolean;
  readonly rule: RuleReference;
}

/** On what terms users may register where they can be called (RFC 3261 §10). */
export interface Registration {
  /** Source addresses that may register. */
  readonly sources: Termination['sources'];
  /** The user who proves to know the password is the only one whose address it may register. */
  readonly digest: DigestRule;
  /** A wish for less, unless it is an hour or more, is refused; one for more is cut down. */
  readonly minimumSeconds: number;
  readonly maximumSeconds: number;
  /** For a telephone that wishes for nothing. */
  readonly defaultSeconds: number;
  readonly contactsPerUser: number;
  readonly rule: RuleReference;
}

export interface EmergencyRoute {
  readonly country: string;
  /** E.164 number that answers the country's emergency calls. */
  readonly number: string;
  /** E.164 number that answers test calls, when there is one. */
  readonly testNumber: string | null;
  readonly rule: RuleReference;
}

/** Where calls from the telephone network are delivered. */
export interface Origination {
  readonly enabled: { readonly value: boolean; readonly rule: RuleReference };
  readonly routes: readonly Route[];
  /** Calls go to wherever this user is registered, and are asked for by number there, before the routes. */
  readonly registered?: { readonly trunk: string; readonly user: string };
  /**
   * Headers that the vendor puts into calls it delivers, by name. In a value `{id}` stands for the Decision's id, and
   * `{called}` for the called number.
   */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** New calls in any one second from the telephone network; absent or null: as many as come. */
  readonly callsPerSecond?: Termination['callsPerSecond'];
  /** Calls at the same time in both directions above which none is delivered; absent or null: as many as come. */
  readonly concurrentCalls?: Termination['concurrentCalls'];
  readonly rule: RuleReference;
}

/** Trunks that share numbers: the next one is tried when one fails. */
export interface TrunkGroup {
  /** `dialect:vendor-id`. */
  readonly id: string;
  /** Priority 1 is tried first; equals share the calls. */
  readonly members: readonly { readonly trunk: string; readonly priority: number }[];
  readonly rule: RuleReference;
}

/** A telephone number of an account and where its calls go. */
export interface NumberEntry {
  /** `dialect:E.164`, so that two dialects never overwrite each other. */
  readonly id: string;
  /** With the leading plus sign. */
  readonly e164: string;
  readonly account: string;
  readonly assignment:
    | { readonly kind: 'trunk' | 'group'; readonly id: string }
    /** A user who registers with the trunk `id`. */
    | { readonly kind: 'user'; readonly id: string; readonly user: string }
    /** An application answers; what it asks for is judged by the rules of the trunk `id`. */
    | { readonly kind: 'application'; readonly id: string; readonly application: string }
    | null;
  readonly rule: RuleReference;
}
