import type { Gateways } from '../dialling.ts';
import { chooseCarriers } from './termination.ts';
import { isEmergency, pass, refuse, type Context, type Findings, type Outcome } from './context.ts';
import type { Decision, Target } from './decision.ts';
import type { Reached } from './dialled.ts';
import { targetsOf, trunksOf } from './origination.ts';

/** The application that asks callers of a dialling trunk for a code. */
const CODE_APPLICATION = 'access-code';

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
    return refuse('no-route', `${gateways.id} has no way for ${pattern}`, gateways.rule, 'a trunk that takes calls');
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
  if (assignment && assignment.kind !== 'user')
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
  return refuse('no-route', `${connection.id} has no way for ${called}`, connection.rule, 'a trunk that takes calls');
}

/** The gateways but the one that the call came from: it would come again. */
function gatewayTargets({ rulebook, attempt, trunk, found }: Context, gateways: Gateways, called: string): Target[] {
  const isOrigin = ({ trunk: id, user, route }: Target): boolean =>
    route === null ? found.line?.trunk === id && found.line.username === user : id === trunk.id;
  return trunksOf(rulebook, gateways, attempt.dice)
    .flatMap((gateway) => targetsOf(gateway, called, attempt))
    .filter((target) => !isOrigin(target));
}
