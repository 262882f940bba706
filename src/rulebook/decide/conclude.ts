import type { CallAttempt, RequestAttempt } from '../attempt.ts';
import { readCalledNumber } from '../number-plan.ts';
import type { Rulebook } from '../rulebook.ts';
import type { Termination, Trunk } from '../trunk.ts';
import { isEmergency, pass, type Outcome, type Stopped } from './context.ts';
import type { CheckName, Decision, TraceStep } from './decision.ts';
import { reasonOf } from './reasons.ts';

type Unconcluded = Omit<Decision, 'verdict' | 'reason' | 'status' | 'retryAfter'>;

/** The status of a challenge, from anybody but a registrar. */
const CHALLENGE = 407;

/** The Decision of a list of checks, by the outcome of the last that ran. `statuses` are the trunk's own. */
export function conclude(last: Outcome, parts: Unconcluded, statuses: Termination['statuses'] = {}): Decision {
  if (!stops(last)) {
    return { ...parts, verdict: 'admit', reason: 'admitted', status: reasonOf('admitted').status, retryAfter: null };
  }
  const status = statuses[last.reason] ?? reasonOf(last.reason).status;
  const challenges = last.outcome === 'challenge' && status === CHALLENGE;
  return {
    ...parts,
    verdict: challenges ? 'challenge' : 'refuse',
    reason: last.reason,
    status,
    challenge: challenges ? parts.challenge : null,
    retryAfter: last.retryAfter ?? null,
    targets: [],
  };
}

/** Writes a check down. */
export function note(trace: TraceStep[], check: CheckName, outcome: Outcome): Outcome {
  const { outcome: result, detail, rule } = outcome;
  trace.push({ check, outcome: result, detail, rule, remedy: stops(outcome) ? outcome.remedy : undefined });
  return outcome;
}

/** Whether no further check is run. */
export function stops(outcome: Outcome): outcome is Stopped {
  return outcome.outcome === 'refuse' || outcome.outcome === 'challenge';
}

/** Without rules nothing is allowed: an empty rulebook must not be taken for one that forbids nothing. */
export function checkRules({ revision }: Rulebook): Outcome | undefined {
  if (revision >= 0) return undefined;
  const detail = 'no rules have been compiled yet';
  return { outcome: 'refuse', reason: 'rules-missing', detail, remedy: 'waiting for the gate', retryAfter: 5 };
}

/**
 * Rules that miss a change may let in who was shut out by it: when they have missed one for too long, calls for help are
 * let through and no others. `countries` are those whose emergency numbers count.
 */
export function checkAge(
  rulebook: Rulebook,
  { requestUri }: CallAttempt,
  { now, countries }: { now: number; countries: readonly string[] | null },
): Outcome | undefined {
  const { behindSince, mostBehind } = rulebook;
  if (behindSince === null || now - behindSince < mostBehind) return undefined;
  const detail = `a change has been missing for ${Math.floor((now - behindSince) / 1000)} s`;
  if (countries && isEmergency(readCalledNumber(requestUri.user ?? '', countries) ?? null))
    return pass(`${detail}; emergency calls pass`);
  return { outcome: 'refuse', reason: 'rules-too-old', detail, remedy: 'mending what the log tells', retryAfter: 30 };
}

/** For a trunk that has nothing to check a request against. */
export function terminationMissing(trunk: Trunk): Outcome {
  const detail = 'termination was never set up, or was deleted';
  return {
    outcome: 'refuse',
    reason: 'termination-missing',
    detail,
    rule: trunk.missing.termination,
    remedy: 'termination settings',
  };
}

/** RFC 7616 §3.3: a client that only used an old nonce may answer again without asking its user. */
export function isStale({ digest }: RequestAttempt): boolean {
  return digest.outcome === 'nonce-stale' || digest.outcome === 'nonce-replayed';
}
