import type { CallAttempt, TrunkUsage } from '../attempt.ts';
import { readCalledNumber, readContext } from '../number-plan.ts';
import { orderByPriorityAndWeight } from '../../kit/order.ts';
import type { Rulebook } from '../rulebook.ts';
import type { NumberEntry, Trunk } from '../trunk.ts';
import { stops } from './conclude.ts';
import { pass, refuse, skip, type Outcome } from './context.ts';
import type { CheckName, Target } from './decision.ts';
import { checkRoom } from './spending.ts';
import { withinConcurrency, withinRate } from './termination.ts';

export interface Assigned {
  readonly number: NumberEntry | null;
  readonly called: string | null;
  readonly outcome: Outcome;
}

/** The number that a call from the telephone network is for, and whose it is. */
export function identifyNumber(rulebook: Rulebook, attempt: CallAttempt): Assigned {
  const { user, host } = attempt.requestUri;
  const dialled = readContext(user ?? '', [host]);
  const called = readCalledNumber(dialled, []);
  if (called?.kind !== 'e164') {
    const detail = `"${dialled.slice(0, 40)}" is no telephone number`;
    return {
      number: null,
      called: dialled.slice(0, 40),
      outcome: refuse('called-number-invalid', detail, undefined, 'an E.164 number'),
    };
  }
  const entries = rulebook.numbers(called.number);
  const assigned = entries.filter((entry) => entry.assignment !== null);
  const [number] = assigned;
  if (number && assigned.length === 1) {
    return {
      number,
      called: called.number,
      outcome: pass(`${called.number} is assigned to ${assigneeOf(number)}`, number.rule),
    };
  }
  return { number: null, called: called.number, outcome: notOne(called.number, entries, assigned) };
}

function assigneeOf({ assignment }: NumberEntry): string {
  if (assignment?.kind === 'application') return `the application ${assignment.application}`;
  return `${assignment?.kind} ${assignment?.id}`;
}

function notOne(called: string, entries: readonly NumberEntry[], assigned: readonly NumberEntry[]): Outcome {
  if (assigned.length > 1) {
    const owners = assigned.map((entry) => entry.account).join(', ');
    return refuse('ambiguous-number', `${called} is assigned by ${owners}`, undefined, 'one account with the number');
  }
  const [entry] = entries;
  if (entry)
    return refuse(
      'number-not-assigned',
      `${called} is assigned to nothing`,
      entry.rule,
      'a trunk or group for the number',
    );
  return refuse('unknown-number', `no account has ${called}`, undefined, 'ordering the number');
}

interface Delivery {
  /** That delivers the call, or that had to refuse it. */
  readonly trunk: string | null;
  readonly targets: Target[];
  readonly steps: readonly Step[];
}

type Step = readonly [check: CheckName, outcome: Outcome];

/** The trunks that a call from the telephone network may be delivered to: how busy they are decides about it. */
export function trunksBehind(rulebook: Rulebook, attempt: CallAttempt): readonly string[] {
  const { number } = identifyNumber(rulebook, attempt);
  const assignment = number?.assignment;
  if (assignment?.kind === 'user' || assignment?.kind === 'application') return [assignment.id];
  return number ? trunksOf(rulebook, number.assignment, 0).map(({ id }) => id) : [];
}

/**
 * The routes of the number's trunk, or of the trunks of its group by priority: each trunk's routes in their order. A trunk
 * that has as many calls as it may is passed over.
 */
export function deliver(rulebook: Rulebook, number: NumberEntry, attempt: CallAttempt): Delivery {
  const { assignment } = number;
  const one = assignment?.kind === 'user' || assignment?.kind === 'application' ? assignment : null;
  const trunks = one
    ? [rulebook.trunk(one.id) ?? []].flat()
    : trunksOf(rulebook, number.assignment, attempt.dice).filter(isOpen);
  const judged = trunks.map((trunk) => ({ trunk, steps: roomOf(trunk, attempt.usage) }));
  const free = judged.filter(({ steps }) => !steps.some(([, step]) => stops(step)));
  const [first] = judged;
  if (first && free.length === 0) return { trunk: first.trunk.id, targets: [], steps: first.steps };
  const { targets, outcome } = one
    ? chooseOne(rulebook, number, one)
    : chooseRoutes(rulebook, number, { attempt, usable: free.map(({ trunk }) => trunk) });
  const full = judged.filter((entry) => !free.includes(entry)).map(({ trunk, steps }) => passedOver(trunk, steps));
  return { trunk: targets[0]?.trunk ?? null, targets, steps: [...full, ...(free[0]?.steps ?? []), ['route', outcome]] };
}

function isOpen({ origination }: Trunk): boolean {
  if (!origination?.enabled.value) return false;
  return origination.routes.length > 0 || origination.registered !== undefined;
}

/** Whether the trunk takes one more call, up to the first limit that says no. */
function roomOf({ id, origination }: Trunk, usage: readonly TrunkUsage[]): Step[] {
  const { callsPerSecond, concurrentCalls } = origination ?? {};
  const { callsInLastSecond = 0, callsInProgress = 0, spent = [] } = usage.find(({ trunk }) => trunk === id) ?? {};
  const steps: Step[] = [];
  if (callsPerSecond) steps.push(['rate', withinRate(callsInLastSecond, callsPerSecond)]);
  if (concurrentCalls) steps.push(['concurrency', withinConcurrency(callsInProgress, concurrentCalls)]);
  if (spent.length > 0) steps.push(['spending', checkRoom(spent)]);
  const stop = steps.findIndex(([, outcome]) => stops(outcome));
  return stop < 0 ? steps : steps.slice(0, stop + 1);
}

function passedOver({ id }: Trunk, steps: readonly Step[]): Step {
  const [check = 'route', outcome] = steps.at(-1) ?? [];
  return [check, skip(`${id} is passed over: ${outcome?.detail}`, outcome?.rule)];
}

function chooseRoutes(
  rulebook: Rulebook,
  number: NumberEntry,
  { attempt, usable }: { attempt: CallAttempt; usable: readonly Trunk[] },
): { targets: Target[]; outcome: Outcome } {
  const targets = usable.flatMap((trunk) => targetsOf(trunk, number.e164, attempt));
  if (targets.length > 0) {
    const places = `${targets.length} route${targets.length === 1 ? '' : 's'} of ${usable.length} trunk${usable.length === 1 ? '' : 's'}`;
    return { targets, outcome: pass(places, usable[0]?.origination?.rule) };
  }
  return { targets, outcome: noTarget(number, trunksOf(rulebook, number.assignment, attempt.dice)) };
}

/** Where a trunk delivers calls to a number: the user that it registered as, then its routes in their order. */
export function targetsOf({ id, origination }: Trunk, called: string, attempt: CallAttempt): Target[] {
  if (!origination?.enabled.value) return [];
  const { registered, routes } = origination;
  const headers = origination.headers.map(([name, value]) => [name, fill(value, called, attempt)] as const);
  return [
    ...(registered ? [{ ...registered, route: null, headers, number: called }] : []),
    ...orderByPriorityAndWeight(routes, attempt.dice).map((route) => ({ trunk: id, user: called, route, headers })),
  ];
}

/** The value of a vendor's header for this call. */
function fill(value: string, called: string, { id }: CallAttempt): string {
  return value.replaceAll('{id}', id).replaceAll('{called}', called);
}

function chooseOne(
  rulebook: Rulebook,
  number: NumberEntry,
  assignment: Extract<NumberEntry['assignment'], { kind: 'user' | 'application' }>,
): { targets: Target[]; outcome: Outcome } {
  return assignment.kind === 'user'
    ? chooseUser(rulebook, number, assignment)
    : chooseApplication(rulebook, number, assignment);
}

/** A number of a registered user: where that is, is known when the call is set up. */
function chooseUser(
  rulebook: Rulebook,
  number: NumberEntry,
  { id, user }: { id: string; user: string },
): { targets: Target[]; outcome: Outcome } {
  const registration = rulebook.trunk(id)?.registration;
  if (!registration) {
    const outcome = refuse('no-route', `${id} takes no registrations`, number.rule, 'registration on the trunk');
    return { targets: [], outcome };
  }
  const targets = [{ trunk: id, user, route: null, headers: [] }];
  return { targets, outcome: pass(`wherever ${user} is registered with ${id}`, registration.rule) };
}

/** A number that an application answers for. */
function chooseApplication(
  { applications: route }: Rulebook,
  { e164: user, rule }: NumberEntry,
  { id: trunk, application }: { id: string; application: string },
): { targets: Target[]; outcome: Outcome } {
  if (!route)
    return {
      targets: [],
      outcome: refuse('no-application', 'the gate has nothing to answer with', rule, 'a gate with voice'),
    };
  const targets = [{ trunk, user, route, headers: [], application }];
  return { targets, outcome: pass(`${application} answers for the call`, rule) };
}

/** The trunk, or those of the group in their order. */
export function trunksOf(
  rulebook: Rulebook,
  assignment: { readonly kind: string; readonly id: string } | null,
  dice: number,
): Trunk[] {
  if (!assignment) return [];
  const { kind, id } = assignment;
  const members = kind === 'trunk' ? [{ trunk: id, priority: 1 }] : (rulebook.group(id)?.members ?? []);
  const ordered = orderByPriorityAndWeight(
    members.map(({ trunk, priority }) => ({ trunk, priority, weight: 1 })),
    dice,
  );
  return ordered.flatMap((member) => rulebook.trunk(member.trunk) ?? []);
}

function noTarget(number: NumberEntry, trunks: readonly Trunk[]): Outcome {
  const disabled = trunks.find((trunk) => trunk.origination?.enabled.value === false);
  if (disabled) {
    return refuse(
      'origination-disabled',
      `origination of ${disabled.id} is switched off`,
      disabled.origination?.enabled.rule,
      'switching it on',
    );
  }
  const bare = trunks.find((trunk) => trunk.origination);
  if (bare) return refuse('no-route', `${bare.id} has no routes`, bare.origination?.rule, 'a route');
  const [first] = trunks;
  if (first)
    return refuse(
      'origination-missing',
      `${first.id} has no origination settings`,
      first.missing.origination,
      'origination settings with a route',
    );
  return refuse('no-route', 'the group has no trunks', number.rule, 'a trunk in the group');
}
