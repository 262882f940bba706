import { IDLE, type Loads } from '../agent.ts';
import type { CallAttempt } from '../attempt.ts';
import type { Dialling } from '../dialling.ts';
import { toE164 } from '../number-plan.ts';
import type { Rulebook } from '../rulebook.ts';
import type { Termination, Trunk } from '../trunk.ts';
import { chooseApplication, decideLeg } from './application.ts';
import { checkAge, checkRules, conclude, isStale, note, stops, terminationMissing } from './conclude.ts';
import type { Context, Findings, Outcome } from './context.ts';
import type { CheckName, Decision, TraceStep } from './decision.ts';
import { understand } from './dialled.ts';
import { checkDigest } from './digest.ts';
import { checkPremises, chooseDestination, dialledParts, directionOf } from './destination.ts';
import { identify, listenerOf } from './identify.ts';
import { deliver, identifyNumber } from './origination.ts';
import { checkDialled, checkLineIdentity, checkPermission } from './permission.ts';
import { checkSource } from './source.ts';
import { checkSpending } from './spending.ts';
import { decideTransit } from './transit.ts';
import {
  checkCalledNumber,
  checkCallerId,
  checkConcurrency,
  checkCountry,
  checkEnabled,
  checkMediaSecurity,
  checkRate,
  checkTransportSecurity,
  chooseCarriers,
} from './termination.ts';

/** What a customer's call must pass once its trunk is known, in this order; the first that stops it decides. */
const TERMINATION_CHECKS: readonly (readonly [CheckName, (context: Context) => Outcome])[] = [
  ['enabled', checkEnabled],
  ['transport-security', checkTransportSecurity],
  ['source', checkSource],
  ['digest', checkDigest],
  ['media-security', checkMediaSecurity],
  ['called-number', checkCalledNumber],
  ['caller-id', checkCallerId],
  ['rate', checkRate],
  ['concurrency', checkConcurrency],
  ['country', checkCountry],
  ['spending', checkSpending],
  ['route', chooseCarriers],
];

/** The same where people dial: what they dialled is understood from where they are, and permissions say what they may call. */
const DIALLING_CHECKS: typeof TERMINATION_CHECKS = [
  ['enabled', checkEnabled],
  ['transport-security', checkTransportSecurity],
  ['source', checkSource],
  ['digest', checkDigest],
  ['media-security', checkMediaSecurity],
  ['called-number', checkDialled],
  ['caller-id', checkLineIdentity],
  ['rate', checkRate],
  ['concurrency', checkPremises],
  ['permission', checkPermission],
  ['spending', checkSpending],
  ['route', chooseDestination],
];

/** The same where an application answers: it is judged when it asks for somebody, so the number dialled means nothing yet. */
const APPLICATION_CHECKS: typeof TERMINATION_CHECKS = [
  ['enabled', checkEnabled],
  ['transport-security', checkTransportSecurity],
  ['source', checkSource],
  ['digest', checkDigest],
  ['media-security', checkMediaSecurity],
  ['rate', checkRate],
  ['concurrency', checkConcurrency],
  ['route', chooseApplication],
];

/**
 * Judges a new call. Pure: no I/O, no clock, no chance of its own; the same rulebook, attempt and time give the same
 * Decision, so `explain`, what-if and replay are this very function. `now` is milliseconds since the epoch; `loads` is
 * how agents and networks at a border are at that time.
 */
export function decide(rulebook: Rulebook, attempt: CallAttempt, now: number, loads: Loads = IDLE): Decision {
  if (attempt.leg) return decideLeg({ rulebook, attempt, leg: attempt.leg, now, loads });
  const listener = rulebook.revision < 0 ? undefined : listenerOf(rulebook, attempt);
  if (listener) return decideTransit({ rulebook, listener, attempt, now, loads, method: 'INVITE' });
  return attempt.fromCarrier
    ? decideOrigination(rulebook, attempt, now)
    : decideTermination(rulebook, attempt, now, loads);
}

function decideTermination(rulebook: Rulebook, attempt: CallAttempt, now: number, loads: Loads): Decision {
  const found: Findings = {
    called: null,
    caller: null,
    sourceTrusted: false,
    sourceBound: false,
    abroad: false,
    targets: [],
  };
  const trace: TraceStep[] = [];
  const rules = checkRules(rulebook);
  const { trunk, outcome } = rules ? { trunk: null, outcome: rules } : identify(rulebook, attempt);
  let last = note(trace, rules ? 'rules' : 'identify', outcome);
  if (trunk && !trunk.termination) last = note(trace, 'enabled', terminationMissing(trunk));
  if (trunk?.termination) {
    const context: Context = { rulebook, loads, attempt, trunk, termination: trunk.termination, found };
    const { countries, dialling } = trunk.termination;
    const asked = dialling && rulebook.behindSince !== null ? helpAsked(rulebook, trunk, dialling, attempt) : attempt;
    const age = checkAge(rulebook, asked, {
      now,
      countries: dialling ? [dialling.country] : (countries?.allowed ?? []),
    });
    for (const [check, run] of checksOf(trunk.termination)) {
      // Few trunks ask for it, and the traces of all calls are kept.
      if (check === 'media-security' && !trunk.encryption.media) continue;
      last = note(trace, check, run(context));
      // Who is not let in anyway learns nothing of it.
      if (age && check === 'source' && !stops(last)) last = note(trace, 'rules', age);
      if (stops(last)) break;
    }
  }
  const digest = trunk?.termination?.digest;
  const parts = {
    ...basics(rulebook, attempt, now, trace),
    direction: directionOf(found),
    trunk: trunk?.id ?? null,
    account: trunk?.account ?? null,
    called: found.called?.number ?? attempt.requestUri.user,
    caller: found.caller ?? shownBy(trunk, attempt),
    abroad: found.abroad,
    sourceTrusted: found.sourceTrusted,
    challenge: digest && last.outcome === 'challenge' ? { realm: digest.realm, stale: isStale(attempt) } : null,
    targets: found.targets,
    ...dialledParts(found),
    ...(found.premises !== undefined && { counters: [found.premises] }),
  };
  return conclude(last, parts, trunk?.termination?.statuses);
}

function decideOrigination(rulebook: Rulebook, attempt: CallAttempt, now: number): Decision {
  const trace: TraceStep[] = [];
  const rules = checkRules(rulebook) ?? checkAge(rulebook, attempt, { now, countries: null });
  const { number, called, outcome } = rules
    ? { number: null, called: attempt.requestUri.user, outcome: rules }
    : identifyNumber(rulebook, attempt);
  let last = note(trace, rules ? 'rules' : 'identify', outcome);
  const delivery = number ? deliver(rulebook, number, attempt) : null;
  for (const [check, step] of delivery?.steps ?? []) last = note(trace, check, step);
  return conclude(last, {
    ...basics(rulebook, attempt, now, trace),
    direction: 'origination',
    trunk: delivery?.trunk ?? null,
    account: number?.account ?? null,
    called,
    caller: attempt.callerIds[0] ?? null,
    abroad: false,
    sourceTrusted: true,
    challenge: null,
    targets: delivery?.targets ?? [],
  });
}

/** The call as if no outside digit stood before an emergency number. */
function helpAsked(rulebook: Rulebook, { account }: Trunk, dialling: Dialling, attempt: CallAttempt): CallAttempt {
  const { type, number } = understand(rulebook, account, dialling, attempt.requestUri.user ?? '');
  return type === 'emergency' ? { ...attempt, requestUri: { ...attempt.requestUri, user: number } } : attempt;
}

function checksOf({ application, dialling }: Termination): typeof TERMINATION_CHECKS {
  if (application) return APPLICATION_CHECKS;
  return dialling ? DIALLING_CHECKS : TERMINATION_CHECKS;
}

/** An application sees who calls as the caller shows it. */
function shownBy(trunk: Trunk | null, { callerIds }: CallAttempt): string | null {
  return trunk?.termination?.application
    ? (callerIds.map(toE164).find((number) => number !== undefined) ?? null)
    : null;
}

function basics(rulebook: Rulebook, attempt: CallAttempt, now: number, trace: TraceStep[]) {
  const username = 'username' in attempt.digest ? attempt.digest.username : null;
  return { id: attempt.id, at: now, revision: rulebook.revision, username, trace };
}
