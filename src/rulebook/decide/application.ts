import { isLoopback, parseAddress } from '../../kit/ip.ts';
import type { Loads } from '../agent.ts';
import type { CallAttempt } from '../attempt.ts';
import type { LegClaim } from '../call-pass.ts';
import { toE164 } from '../number-plan.ts';
import type { Route } from '../route.ts';
import type { Rulebook } from '../rulebook.ts';
import type { Termination, Trunk } from '../trunk.ts';
import { checkAge, checkRules, conclude, note, stops, terminationMissing } from './conclude.ts';
import { pass, refuse, type Context, type Findings, type Outcome } from './context.ts';
import type { CheckName, Decision, Target, TraceStep } from './decision.ts';
import { chooseDestination, dialledParts, directionOf } from './destination.ts';
import { deliver } from './origination.ts';
import { checkDialled, checkLineIdentity, checkPermission } from './permission.ts';
import { checkSpending } from './spending.ts';
import {
  checkCalledNumber,
  checkCallerId,
  checkConcurrency,
  checkCountry,
  checkEnabled,
  checkRate,
  chooseCarriers,
} from './termination.ts';

type Checks = readonly (readonly [CheckName, (context: Context) => Outcome])[];

/** What a leg to a number must pass: the rules of the customer's own calls, but for how the customer proves itself. */
const NUMBER_CHECKS: Checks = [
  ['called-number', checkCalledNumber],
  ['caller-id', checkShownNumber],
  ['country', checkCountry],
  ['spending', checkSpending],
  ['route', chooseNetwork],
];

/** The same where people dial. */
const DIALLED_CHECKS: Checks = [
  ['called-number', checkDialled],
  ['caller-id', checkLineIdentity],
  ['permission', checkPermission],
  ['spending', checkSpending],
  ['route', chooseDestination],
];

/** Besides, where no call came before it: the trunk must take one more. */
const NEW_CALL_CHECKS: Checks = [
  ['rate', checkRate],
  ['concurrency', checkConcurrency],
];

/** For an account without a trunk: nothing is limited but what no trunk may. */
const NO_RULES: Omit<Termination, 'enabled'> = {
  sources: null,
  boundSources: null,
  certificates: null,
  digest: null,
  plusSign: null,
  callerId: null,
  countries: null,
  highRisk: null,
  callsPerSecond: null,
  concurrentCalls: null,
  emergency: [],
  application: null,
  dialling: null,
  carriers: null,
  statuses: {},
};

/** A call that an application answers for goes to it, and nowhere else; the legs that it wants are judged one by one. */
export function chooseApplication({ rulebook, attempt, trunk, termination, found }: Context): Outcome {
  const { application } = termination;
  const route = rulebook.applications;
  if (!application || !route)
    return refuse('no-application', 'the gate has nothing to answer with', application?.rule, 'a gate with voice');
  const user = attempt.requestUri.user ?? '';
  found.targets = [{ trunk: trunk.id, user, route, headers: [], application: application.id }];
  return pass(`${application.id} answers for the call`, application.rule);
}

/** A number of the account itself is delivered as if the telephone network brought the call back; all others go out. */
function chooseNetwork(context: Context): Outcome {
  const { rulebook, attempt, found } = context;
  const entries = rulebook.numbers(found.called?.number ?? '');
  const own = entries.find(({ account }) => account === attempt.leg?.account);
  if (!own) return chooseCarriers(context);
  const { e164, assignment, rule } = own;
  if (!assignment)
    return refuse('number-not-assigned', `${e164} is assigned to nothing`, rule, 'a trunk or an application for it');
  const { targets, steps } = deliver(rulebook, own, attempt);
  found.targets = targets;
  found.delivered = true;
  return steps.at(-1)?.[1] ?? pass(`${e164} is a number of the account`, rule);
}

/** A leg may show the caller of the call that it belongs to, when the telephone network said who that is. */
function checkShownNumber(context: Context): Outcome {
  const { attempt, found } = context;
  const shown = attempt.callerIds.map(toE164).find((number) => number !== undefined);
  if (shown === undefined || shown !== attempt.leg?.vouched) return checkCallerId(context);
  found.caller = shown;
  return pass(`${shown} is the caller of the call that it belongs to`);
}

interface LegAttempt {
  readonly rulebook: Rulebook;
  readonly attempt: CallAttempt;
  readonly leg: LegClaim;
  readonly now: number;
  readonly loads: Loads;
}

/** Judges a leg that an application wants, by the rules of its trunk or account. Pure, as decide(). */
export function decideLeg({ rulebook, attempt, leg, now, loads }: LegAttempt): Decision {
  const found: Findings = {
    called: null,
    caller: null,
    sourceTrusted: true,
    sourceBound: false,
    abroad: false,
    targets: [],
  };
  const trace: TraceStep[] = [];
  const rules = checkRules(rulebook);
  const trunk = trunkOfLeg(rulebook, leg, attempt.callerIds);
  const toNumber = isNumber(rulebook, attempt, trunk);
  let last = note(trace, rules ? 'rules' : 'identify', rules ?? identified(leg, trunk));
  if (!stops(last) && trunk && !trunk.termination) last = note(trace, 'enabled', terminationMissing(trunk));
  const countries = trunk?.termination?.countries?.allowed ?? [];
  const age = stops(last) ? undefined : checkAge(rulebook, attempt, { now, countries: toNumber ? countries : null });
  if (age) last = note(trace, 'rules', age);
  if (!stops(last)) {
    const context = contextOf({ rulebook, attempt, leg, loads }, trunk, found);
    for (const [check, run] of checksOf(context, { placed: leg.placed, toNumber })) {
      last = note(trace, check, run(context));
      if (stops(last)) break;
    }
  }
  return conclude(last, {
    id: attempt.id,
    at: now,
    revision: rulebook.revision,
    // A place that is no carrier stands where customers stand: outside of our trust.
    direction: toNumber && !found.delivered ? directionOf(found) : 'origination',
    trunk: trunk?.id ?? null,
    account: leg.account,
    called: found.called?.number ?? attempt.requestUri.user,
    caller: found.caller ?? attempt.callerIds[0] ?? null,
    username: leg.username,
    abroad: found.abroad,
    sourceTrusted: true,
    challenge: null,
    targets: found.targets,
    ...(leg.placed ? {} : { parent: leg.parent }),
    ...dialledParts(found),
    trace,
  });
}

function identified({ account, trunk: named }: LegClaim, trunk: Trunk | null): Outcome {
  if (trunk) return pass(`an application of ${account} asks for it by the rules of ${trunk.id}`);
  if (named !== null) return refuse('unknown-host', `${named} is no longer there`);
  return pass(`an application of ${account} asks for it`);
}

/** The trunk of the call; else the one that the shown number is assigned to; else the first of the account that takes calls. */
export function trunkOfLeg(
  rulebook: Rulebook,
  { trunk, account }: LegClaim,
  callerIds: readonly string[],
): Trunk | null {
  if (trunk !== null) return rulebook.trunk(trunk) ?? null;
  const trunks = rulebook.trunksOf(account).filter(({ termination }) => termination);
  const shown = callerIds.flatMap((number) => rulebook.numbers(number));
  const assigned = shown.find((number) => number.account === account && number.assignment)?.assignment?.id;
  return trunks.find(({ id }) => id === assigned) ?? trunks[0] ?? null;
}

function contextOf(
  { rulebook, attempt, leg, loads }: Omit<LegAttempt, 'now'>,
  trunk: Trunk | null,
  found: Findings,
): Context {
  const rule = { resource: leg.account, field: 'account' };
  const bare: Trunk = {
    id: leg.account,
    account: leg.account,
    hosts: [],
    encryption: { required: false, rule },
    termination: null,
    registration: null,
    origination: null,
    missing: { termination: rule, origination: rule },
  };
  const termination = trunk?.termination ?? { ...NO_RULES, enabled: { value: true, rule } };
  return { rulebook, loads, attempt, trunk: trunk ?? bare, termination, found };
}

function checksOf({ trunk }: Context, { placed, toNumber }: { placed: boolean; toNumber: boolean }): Checks {
  const first: Checks = trunk.termination ? [['enabled', checkEnabled]] : [];
  const limits = placed ? NEW_CALL_CHECKS : [];
  const rules = trunk.termination?.dialling ? DIALLED_CHECKS : NUMBER_CHECKS;
  return toNumber ? [...first, ...limits, ...rules] : [...first, ...limits, ['route', chooseAddress]];
}

/** A number is asked for at the edge itself or at the trunk of the call, with a plus sign or as somebody would dial it. */
function isNumber(rulebook: Rulebook, { requestUri, addressedToEdge }: CallAttempt, trunk: Trunk | null): boolean {
  if (requestUri.host === '' || addressedToEdge) return true;
  return trunk !== null && !trunk.registration && rulebook.trunkByHost(requestUri.host) === trunk;
}

/** A user who is registered with a trunk of the same account, or a place elsewhere that is none of our carriers. */
function chooseAddress({ rulebook, attempt, trunk, found }: Context): Outcome {
  const { requestUri, uri } = attempt;
  const { user, host } = requestUri;
  const own = rulebook.trunkByHost(host);
  if (own) return chooseUser(own, trunk, { user, found });
  // Loopback is shared by everything on the machine, so there the port counts too.
  const leadsTo = (carrier: Route): boolean =>
    carrier.host.toLowerCase() === host && (!isLoopback(host) || carrier.port === attempt.place?.port);
  if (rulebook.carriers.some(leadsTo))
    return refuse('address-not-allowed', `${host} is a carrier`, undefined, 'the number instead of the address');
  const route = attempt.place;
  if (!route) return refuse('address-not-allowed', `${host} is no place that can be called`, undefined, 'a SIP URI');
  const rule = { resource: trunk.id, field: 'application' };
  const target: Target = {
    trunk: trunk.id,
    user: user ?? '',
    route: { ...route, priority: 1, weight: 1, rule },
    headers: [],
    uri,
  };
  found.targets = [target];
  return pass(parseAddress(host) ? `the address ${host}` : `wherever DNS says that ${host} is`);
}

function chooseUser(own: Trunk, trunk: Trunk, { user, found }: { user: string | null; found: Findings }): Outcome {
  if (own.account !== trunk.account)
    return refuse('address-not-allowed', `${own.hosts[0]} belongs to another account`, undefined, 'a user of its own');
  if (!own.registration || user === null)
    return refuse('no-route', `${own.id} takes no registrations`, undefined, 'registration on the trunk');
  found.targets = [{ trunk: own.id, user, route: null, headers: [] }];
  return pass(`wherever ${user} is registered with ${own.id}`, own.registration.rule);
}
