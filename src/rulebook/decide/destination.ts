import type { Gateways } from '../dialling.ts';
import type { Trunk } from '../trunk.ts';
import { checkConcurrency, chooseCarriers, withinConcurrency } from './termination.ts';
import { isEmergency, pass, refuse, skip, type Context, type Findings, type Outcome } from './context.ts';
import type { Decision, Target } from './decision.ts';
import type { Reached } from './dialled.ts';
import { targetsOf, trunksOf } from './origination.ts';

/** The application that asks callers of a dialling trunk for a code. */
const CODE_APPLICATION = 'access-code';

/** Calls of premises take one of the places that these have in both directions; any other caller is its trunk's. */
export function checkPremises(context: Context): Outcome {
  const { rulebook, loads, trunk, termination, found } = context;
  const from = found.line?.premises
    ? rulebook.trunk(found.line.id)
    : termination.dialling?.premises
      ? trunk
      : undefined;
  const limit = from?.origination?.concurrentCalls;
  if (!from || !limit) return checkConcurrency(context);
  found.premises = from.id;
  if (isEmergency(found.called)) return skip('emergency calls are not limited', limit.rule);
  return withinConcurrency(loads.of(from.id).sessions.all, limit);
}

/** Where a dialled call goes: to whoever asks for a code, to somebody of the company, or out. */
export function chooseDestination(context: Context): Outcome {
  const { rulebook, attempt, trunk, termination, found } = context;
  const { dialled, permission } = found;
  if (permission?.action === 'code' && rulebook.applications && !attempt.leg && !isEmergency(found.called)) {
    const { applications: route } = rulebook;
    const user = attempt.requestUri.user ?? '';
    found.targets = [{ trunk: trunk.id, user, route, headers: [], application: CODE_APPLICATION }];
    return pass('a code is asked for first', permission.rule);
  }
  if (dialled?.reached) return choose(context, dialled.reached);
  const connection = termination.dialling?.connection ?? null;
  return connection ? chooseConnection(context, connection) : chooseCarriers(context);
}

/** Which way the call goes, once it is known where. */
export function directionOf({ dialled, permission, targets }: Findings): Decision['direction'] {
  const asked = targets.some(({ application }) => application !== undefined) && permission !== undefined;
  return !asked && dialled?.type === 'internal' ? 'internal' : 'termination';
}

/** What the decision tells of a dialled call. */
export function dialledParts({ dialled, permission }: Findings): Pick<Decision, 'dialled' | 'permission'> {
  if (!dialled) return {};
  const { type, number, reached } = dialled;
  return {
    dialled: { type, number, reached: reached && idOf(reached) },
    ...(permission && { permission }),
  };
}

function idOf(reached: Reached): string {
  if (reached.kind === 'line') return reached.line.id;
  return reached.kind === 'range' ? reached.range.id : reached.number.id;
}

function choose(context: Context, reached: Reached): Outcome {
  const { found } = context;
  const called = found.called?.number ?? '';
  if (reached.kind === 'range') {
    const { gateways, pattern } = reached.range;
    found.targets = gatewayTargets(context, gateways, called);
    if (found.targets.length > 0) return pass(`${pattern} is behind ${gateways.id}`, gateways.rule);
    return noWay(context, gateways, pattern);
  }
  if (reached.kind === 'number') return chooseNumber(context, reached.number);
  const { trunk, username, rule } = reached.line;
  if (username === null) return refuse('no-route', 'the line has no telephone', rule, 'credentials for the line');
  found.targets = [{ trunk, user: username, route: null, headers: [] }];
  return pass(`wherever ${username} is registered with ${trunk}`, rule);
}

/** A number of the account that is no line's: it may belong to a gateway. */
function chooseNumber(context: Context, number: Extract<Reached, { kind: 'number' }>['number']): Outcome {
  const { found } = context;
  const { e164, assignment, rule } = number;
  if (assignment?.kind === 'trunk' || assignment?.kind === 'group')
    found.targets = gatewayTargets(context, { ...assignment, kind: assignment.kind, rule }, e164);
  if (found.targets.length > 0) return pass(`${e164} is assigned to ${assignment?.id}`, rule);
  return refuse('number-not-assigned', `${e164} is assigned to nobody`, rule, 'a line for the number');
}

/** Through the customer's gateways; for help also past them. */
function chooseConnection(context: Context, connection: Gateways): Outcome {
  const { found } = context;
  const called = found.called?.number ?? '';
  const own = gatewayTargets(context, connection, called);
  if (isEmergency(found.called)) {
    const outcome = chooseCarriers(context);
    found.targets = [...own, ...found.targets];
    if (own.length === 0) return outcome;
  } else found.targets = own;
  if (found.targets.length > 0) return pass(`${called} by ${connection.id}`, connection.rule);
  return noWay(context, connection, called);
}

/** The gateways but the one that the call came from, to which it would come again, and those without room. */
function gatewayTargets(context: Context, gateways: Gateways, called: string): Target[] {
  const { rulebook, attempt, trunk, found } = context;
  const isOrigin = ({ trunk: id, user, route }: Target): boolean =>
    route === null ? found.line?.trunk === id && found.line.username === user : id === trunk.id;
  return trunksOf(rulebook, gateways, attempt.dice)
    .filter((gateway) => isEmergency(found.called) || !isFull(context, gateway))
    .flatMap((gateway) => {
      const counters = gateway.origination?.concurrentCalls ? { counters: [gateway.id] } : {};
      return targetsOf(gateway, called, attempt).map((target) => ({ ...target, ...counters }));
    })
    .filter((target) => !isOrigin(target));
}

/** Why no gateway takes the call. */
function noWay(context: Context, gateways: Gateways, called: string): Outcome {
  const { rulebook, attempt } = context;
  const full = trunksOf(rulebook, gateways, attempt.dice).find((gateway) => isFull(context, gateway));
  const room = full && roomAt(context, full);
  return (
    room ?? refuse('no-route', `${gateways.id} has no way for ${called}`, gateways.rule, 'a trunk that takes calls')
  );
}

function isFull(context: Context, gateway: Trunk): boolean {
  return roomAt(context, gateway)?.outcome === 'refuse';
}

/** Whether a gateway takes one more call, whoever calls; undefined where nothing limits it. */
function roomAt({ loads }: Context, { id, origination }: Trunk): Outcome | undefined {
  const limit = origination?.concurrentCalls;
  return limit ? withinConcurrency(loads.of(id).sessions.all, limit) : undefined;
}
