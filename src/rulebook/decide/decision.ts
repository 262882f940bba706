import type { CallType } from '../dial-plan/dial-plan.ts';
import type { PermissionAction } from '../permission.ts';
import type { Route } from '../route.ts';
import type { RuleReference } from '../rule.ts';
import type { ReasonCode } from './reasons.ts';

/** Names of the checks, in the order of decide(). */
export type CheckName =
  | 'rules'
  | 'identify'
  | 'registration'
  | 'access'
  | 'enabled'
  | 'transport-security'
  | 'source'
  | 'digest'
  | 'media-security'
  | 'address-of-record'
  | 'caller-id'
  | 'rate'
  | 'concurrency'
  | 'called-number'
  | 'country'
  | 'permission'
  | 'spending'
  | 'route';

/** One check of a decision and the rule that settled it. */
export interface TraceStep {
  readonly check: CheckName;
  readonly outcome: 'pass' | 'skip' | 'challenge' | 'refuse';
  /** What was compared with what. */
  readonly detail: string;
  readonly rule?: RuleReference;
  /** What would have let the call through here. */
  readonly remedy?: string;
}

/** Where a call may be sent, best first. */
export interface Target {
  readonly trunk: string;
  /** The user part of the Request-URI for this target, or the registered user. */
  readonly user: string;
  /** Null: wherever this user of the trunk is registered at that moment, which the edge knows. */
  readonly route: Route | null;
  /** Headers that go with the call to this target, by name. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The Request-URI, where it is not made of user and route: of a place that an application named. */
  readonly uri?: string;
  /** The application that answers for the call there. */
  readonly application?: string;
  /** The agent that this is, whose health is watched by itself. */
  readonly agent?: string;
  /** Under which a call that goes there is counted. */
  readonly counters?: readonly string[];
  /** Targets of one group can be given up together: an answer may mean that none of them is to be tried. */
  readonly group?: string;
  /** Seconds that a call there may last; absent: as long as any. */
  readonly longestSeconds?: number;
  /** The trunk whose network the call leaves by, where that is another than it came in by. */
  readonly egress?: string;
  /** Of a telephone system that registered as one user: the number that it is asked for. */
  readonly number?: string;
}

/** A permission that was applied to a call. */
export interface AppliedPermission {
  /** LineEntry.id of the caller; null: the place called. */
  readonly line: string | null;
  readonly action: PermissionAction;
  readonly type: CallType;
  /** The pattern that decided; null: the type did. */
  readonly pattern: { readonly name: string; readonly pattern: string } | null;
  /** What it was applied to. */
  readonly number: string;
  /** Who is called instead, where the action says so and the number is set. */
  readonly transferNumber: string | null;
  /** Names of the sets whose codes are right, where the action asks for one. */
  readonly codeSets: readonly string[];
  readonly rule: RuleReference;
}

/** What decide() says, as data: the journal keeps it, `explain` prints it. */
export interface Decision {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The ledger revision whose rules decided. */
  readonly revision: number;
  readonly verdict: 'admit' | 'challenge' | 'refuse';
  readonly reason: ReasonCode;
  readonly status: number;
  /** `transit`: between two networks; `internal`: from a customer to a telephone or a gateway of the same customer. */
  readonly direction: 'termination' | 'origination' | 'transit' | 'internal' | 'registration';
  readonly trunk: string | null;
  readonly account: string | null;
  /** E.164 with plus sign, or the dialled text where it is no number. */
  readonly called: string | null;
  /** The caller id to show, after the account's rules. */
  readonly caller: string | null;
  /** Whether it leaves the caller's country; false where nobody limits that. */
  readonly abroad: boolean;
  readonly username: string | null;
  /** Whether the source proved to be one that the trunk lets in: only such a source is told the decision's id. */
  readonly sourceTrusted: boolean;
  /** The challenge to send with a 407, or with the 401 of a registrar. */
  readonly challenge: { readonly realm: string; readonly stale: boolean } | null;
  /** Seconds to wait before trying again. */
  readonly retryAfter: number | null;
  readonly targets: readonly Target[];
  /** Of a leg that an application placed: the id of the decision that let the call in which it belongs to. */
  readonly parent?: string;
  /** Seconds that the call may last; absent: as long as any. */
  readonly longestSeconds?: number;
  /** URI that a redirected caller is to call instead. */
  readonly redirect?: string;
  /** Under which the call is counted as one that came in, besides its trunk. */
  readonly counters?: readonly string[];
  /** Counters whose limit this call would have exceeded: they take no more until the limit is kept again for a while. */
  readonly exceeded?: readonly string[];
  /** Groups that chose among their agents for this call. */
  readonly groups?: readonly string[];
  /** Where people dial: what was dialled, and the id of the line, number or range that it is (null: out in the world). */
  readonly dialled?: { readonly type: CallType; readonly number: string; readonly reached: string | null };
  /** Where people dial, and permissions were asked. */
  readonly permission?: AppliedPermission;
  readonly trace: readonly TraceStep[];
}

/** Whether an application of ours answers for the call: then it goes nowhere else. */
export function isAnsweredHere({ targets }: Decision): boolean {
  return targets.some(({ application }) => application !== undefined);
}

/**
 * Whether an admitted call is one for help. The checks let no call to anything but a full number through, emergency
 * numbers excepted, and where people dial.
 */
export function isEmergency({ direction, called, dialled }: Decision): boolean {
  if (dialled) return dialled.type === 'emergency';
  return direction === 'termination' && called !== null && !called.startsWith('+');
}
