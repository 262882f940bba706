import type { CallAttempt } from '../attempt.ts';
import { readCalledNumber } from '../number-plan.ts';
import { orderByPriorityAndWeight } from '../../kit/order.ts';
import type { Rulebook } from '../rulebook.ts';
import type { NumberEntry, Trunk } from '../trunk.ts';
import { pass, refuse, type Outcome } from './context.ts';
import type { Target } from './decision.ts';

export interface Assigned {
  readonly number: NumberEntry | null;
  readonly called: string | null;
  readonly outcome: Outcome;
}

/** The number that a call from the telephone network is for, and whose it is. */
export function identifyNumber(rulebook: Rulebook, attempt: CallAttempt): Assigned {
  const dialled = attempt.requestUri.user ?? '';
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
    const { kind, id } = number.assignment ?? {};
    return {
      number,
      called: called.number,
      outcome: pass(`${called.number} is assigned to ${kind} ${id}`, number.rule),
    };
  }
  return { number: null, called: called.number, outcome: notOne(called.number, entries, assigned) };
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

export interface Delivery {
  readonly targets: Target[];
  readonly outcome: Outcome;
}

/** The routes of the number's trunk, or of the trunks of its group by priority: each trunk's routes in their order. */
export function chooseRoutes(rulebook: Rulebook, number: NumberEntry, attempt: CallAttempt): Delivery {
  if (number.assignment?.kind === 'user') return chooseUser(rulebook, number, number.assignment);
  const trunks = number.assignment ? trunksOf(rulebook, number.assignment, attempt.dice) : [];
  const usable = trunks.filter((trunk) => trunk.origination?.enabled.value);
  const targets = usable.flatMap((trunk) => targetsOf(trunk, number.e164, attempt));
  if (targets.length > 0) {
    const places = `${targets.length} route${targets.length === 1 ? '' : 's'} of ${usable.length} trunk${usable.length === 1 ? '' : 's'}`;
    return { targets, outcome: pass(places, usable[0]?.origination?.rule) };
  }
  return { targets, outcome: noTarget(number, trunks) };
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

/** A number of a registered user: where that is, is known when the call is set up. */
function chooseUser(rulebook: Rulebook, number: NumberEntry, { id, user }: { id: string; user: string }): Delivery {
  const registration = rulebook.trunk(id)?.registration;
  if (!registration) {
    const outcome = refuse('no-route', `${id} takes no registrations`, number.rule, 'registration on the trunk');
    return { targets: [], outcome };
  }
  const targets = [{ trunk: id, user, route: null, headers: [] }];
  return { targets, outcome: pass(`wherever ${user} is registered with ${id}`, registration.rule) };
}

/** The trunk, or those of the group in their order. */
export function trunksOf(
  rulebook: Rulebook,
  { kind, id }: { readonly kind: string; readonly id: string },
  dice: number,
): Trunk[] {
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
