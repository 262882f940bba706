import type { Loads } from '../agent.ts';
import type { CallAttempt, RequestAttempt } from '../attempt.ts';
import type { LineEntry } from '../dialling.ts';
import type { CalledNumber } from '../number-plan.ts';
import type { Rulebook } from '../rulebook.ts';
import type { RuleReference } from '../rule.ts';
import type { Termination, Trunk } from '../trunk.ts';
import type { AppliedPermission, Target } from './decision.ts';
import type { Dialled } from './dialled.ts';
import type { ReasonCode } from './reasons.ts';

/** What a check sees that calls and registrations share: the attempt, the rules of its trunk, and what was found. */
export interface RequestContext {
  readonly attempt: RequestAttempt;
  readonly trunk: Trunk;
  readonly termination: Termination;
  readonly found: Pick<Findings, 'sourceTrusted' | 'sourceBound'>;
}

/** What a check of a customer's call sees: the attempt, the rules of its trunk, and what the checks before it found. */
export interface Context extends RequestContext {
  readonly rulebook: Rulebook;
  /** How busy things are that are counted on their own. */
  readonly loads: Loads;
  readonly attempt: CallAttempt;
  readonly found: Findings;
}

/** What the checks find on the way and the decision reports. */
export interface Findings {
  called: CalledNumber | null;
  caller: string | null;
  sourceTrusted: boolean;
  /** Known by its address alone. */
  sourceBound: boolean;
  /** Whether the call leaves the caller's country; only looked at where calls abroad are limited. */
  abroad: boolean;
  targets: Target[];
  /** It goes to a number of the account itself, and so to no carrier. */
  delivered?: boolean;
  /** Where people dial: the line that calls, what it dialled, and what its permissions said. */
  line?: LineEntry;
  dialled?: Dialled;
  permission?: AppliedPermission;
  /** Premises that the call comes from: under their id it is counted. */
  premises?: string;
}

/** The answer of one check. */
export type Outcome = Passed | Stopped;

export interface Passed {
  readonly outcome: 'pass' | 'skip';
  readonly detail: string;
  readonly rule?: RuleReference;
}

export interface Stopped {
  readonly outcome: 'refuse' | 'challenge';
  readonly reason: ReasonCode;
  readonly detail: string;
  readonly rule?: RuleReference;
  /** What would have let the call through. */
  readonly remedy?: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

export function pass(detail: string, rule?: RuleReference): Passed {
  return { outcome: 'pass', detail, rule };
}

/** For a check that asks nothing of this call. */
export function skip(detail: string, rule?: RuleReference): Passed {
  return { outcome: 'skip', detail, rule };
}

export function refuse(reason: ReasonCode, detail: string, rule?: RuleReference, remedy?: string): Stopped {
  return { outcome: 'refuse', reason, detail, rule, remedy };
}

/** Whether the call is for help, or tests the way to it: what is limited to others is not to these. */
export function isEmergency(called: CalledNumber | null): boolean {
  return called?.kind === 'emergency' || called?.kind === 'emergency-test';
}
