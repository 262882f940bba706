import type { Static } from 'typebox';
import type { View } from '../../../ledger/mutate.ts';
import { uuid } from '../../../kit/ids.ts';
import { put, read, readAll, remove, type DialPlan, type Documents } from '../documents.ts';
import { conflict, invalid, notFound } from '../errors.ts';
import { encodeId } from '../ids.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { ordered, page } from '../pages.ts';
import type { CreateDialPlan, ModifyDialPatterns, UpdateDialPlan, ValidateDialPatterns } from '../schemas.ts';
import { readRoute } from './route-choice.ts';

const PAGE = 2000;
const MOST_PLANS = 5000;

interface PatternFault {
  readonly dialPattern: string;
  readonly patternStatus: 'INVALID' | 'DUPLICATE' | 'DUPLICATE_IN_LIST';
  readonly message: string;
}

export async function listDialPlans(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const holds = (parameter: string, own: string): boolean => {
    const wanted = call.query.get(parameter)?.toLowerCase();
    return !wanted || own.toLowerCase().includes(wanted);
  };
  const named = await Promise.all((await readAll(ledger, 'dial-plan')).map((plan) => withRouteName(ledger, plan)));
  const found = named.filter(
    (plan) =>
      holds('dialPlanName', plan.name) &&
      holds('routeGroupName', plan.routeType === 'ROUTE_GROUP' ? plan.routeName : '') &&
      holds('trunkName', plan.routeType === 'TRUNK' ? plan.routeName : ''),
  );
  const items = ordered(call, found, {
    name: (plan) => plan.name,
    routeName: (plan) => plan.routeName,
    routeType: (plan) => plan.routeType,
  });
  return page(call, 'dialPlans', items, render, { most: PAGE });
}

/** Patterns that cannot be taken are told in the answer; the plan is made with the others. */
export function createDialPlan(call: Call<Static<typeof CreateDialPlan>>): Promise<Answer> {
  const { body } = call;
  const id = uuid();
  return change(call, async (view) => {
    const { routeType, routeId } = await readRoute(view, body);
    const others = await readAll(view, 'dial-plan');
    if (others.length >= MOST_PLANS) throw invalid(`An organization has at most ${MOST_PLANS} dial plans`);
    refuseTakenName(id, body.name, others);
    const { good, faults } = await sort(view, body.dialPatterns ?? []);
    const writes = good.map((pattern) => put('dial-pattern', pattern, { pattern, dialPlanId: id }));
    writes.push(put('dial-plan', id, { id, name: body.name, routeType, routeId }));
    return { writes, result: { id: encodeId('DIAL_PLAN', id), dialPatternErrors: faults } };
  });
}

export async function getDialPlan(call: Call): Promise<Answer> {
  const { ledger, organizationId } = call.service;
  const plan = await withRouteName(ledger, await requirePlan(ledger, call));
  return { ...render(plan), customer: { id: encodeId('ORGANIZATION', organizationId), name: 'Tollgate' } };
}

export function updateDialPlan(call: Call<Static<typeof UpdateDialPlan>>): Promise<Answer> {
  const { body } = call;
  return change(call, async (view) => {
    const { id } = await requirePlan(view, call);
    const { routeType, routeId } = await readRoute(view, body);
    refuseTakenName(id, body.name, await readAll(view, 'dial-plan'));
    return { writes: [put('dial-plan', id, { id, name: body.name, routeType, routeId })], result: undefined };
  });
}

export function deleteDialPlan(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { id } = await requirePlan(view, call);
    const patterns = await patternsOf(view, id);
    return {
      writes: [remove('dial-plan', id), ...patterns.map((pattern) => remove('dial-pattern', pattern))],
      result: undefined,
    };
  });
}

export async function listDialPatterns(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { id } = await requirePlan(ledger, call);
  const wanted = call.query.get('dialPattern');
  const patterns = (await patternsOf(ledger, id)).filter((pattern) => !wanted || pattern.includes(wanted));
  const items = ordered(call, patterns, { dialPattern: (pattern) => pattern });
  return page(call, 'dialPatterns', items, (pattern) => pattern, { most: PAGE });
}

/** All or none; a pattern to delete that the plan does not have is passed over. */
export function modifyDialPatterns(call: Call<Static<typeof ModifyDialPatterns>>): Promise<Answer> {
  const { dialPatterns = [], deleteAllDialPatterns = false } = call.body;
  return change(call, async (view) => {
    const { id } = await requirePlan(view, call);
    const known = new Set(await patternsOf(view, id));
    if (deleteAllDialPatterns)
      return { writes: [...known].map((pattern) => remove('dial-pattern', pattern)), result: undefined };
    const gone = dialPatterns.filter(({ action }) => action === 'DELETE').map(({ dialPattern }) => dialPattern);
    const wanted = dialPatterns.filter(({ action }) => action !== 'DELETE').map(({ dialPattern }) => dialPattern);
    const { good, faults } = await sort(view, wanted);
    const [fault] = faults;
    if (fault) throw invalid(`${fault.dialPattern}: ${fault.message}`);
    const writes = gone.filter((pattern) => known.has(pattern)).map((pattern) => remove('dial-pattern', pattern));
    return {
      writes: [...writes, ...good.map((pattern) => put('dial-pattern', pattern, { pattern, dialPlanId: id }))],
      result: undefined,
    };
  });
}

export async function validateDialPatterns(call: Call<Static<typeof ValidateDialPatterns>>): Promise<Answer> {
  const { faults } = await sort(call.service.ledger, call.body.dialPatterns);
  return { status: faults.length === 0 ? 'OK' : 'ERRORS', dialPatternStatus: faults };
}

/** Tells the patterns that can be taken from those that cannot. A pattern is in one dial plan only. */
async function sort(
  documents: Documents,
  patterns: readonly string[],
): Promise<{ good: string[]; faults: PatternFault[] }> {
  const faults: PatternFault[] = [];
  const good = new Set<string>();
  for (const dialPattern of patterns) {
    if (!isDialPattern(dialPattern))
      faults.push({
        dialPattern,
        patternStatus: 'INVALID',
        message: 'The pattern must be digits and X, with ! at the end of an E.164 pattern only',
      });
    else if (good.has(dialPattern))
      faults.push({ dialPattern, patternStatus: 'DUPLICATE_IN_LIST', message: 'The pattern is in the list already' });
    else if (await read(documents, 'dial-pattern', dialPattern))
      faults.push({ dialPattern, patternStatus: 'DUPLICATE', message: 'The pattern is in a dial plan already' });
    else good.add(dialPattern);
  }
  return { good: [...good], faults };
}

/** Digits and `X`, with a plus sign perhaps `!` at the end. */
function isDialPattern(text: string): boolean {
  return text.length <= 32 && (/^\+[1-9][0-9X]*!?$/.test(text) || /^[0-9X]*[0-9X]$/.test(text));
}

async function patternsOf(documents: Documents, dialPlanId: string): Promise<string[]> {
  const patterns = await readAll(documents, 'dial-pattern');
  return patterns.filter((one) => one.dialPlanId === dialPlanId).map(({ pattern }) => pattern);
}

async function requirePlan(documents: Documents | View, call: Call): Promise<DialPlan> {
  const plan = await read(documents, 'dial-plan', pathId(call, 'dialPlanId', 'DIAL_PLAN'));
  if (!plan) throw notFound();
  return plan;
}

function refuseTakenName(id: string, name: string, others: readonly DialPlan[]): void {
  if (others.some((other) => other.id !== id && other.name.toLowerCase() === name.toLowerCase()))
    throw conflict('A dial plan of this name exists already');
}

async function withRouteName(documents: Documents, plan: DialPlan): Promise<DialPlan & { routeName: string }> {
  const route = await read(documents, plan.routeType === 'TRUNK' ? 'trunk' : 'route-group', plan.routeId);
  return { ...plan, routeName: route?.name ?? '' };
}

function render({ id, name, routeType, routeId, routeName }: DialPlan & { routeName: string }): object {
  return { id: encodeId('DIAL_PLAN', id), name, routeId: encodeId(routeType, routeId), routeName, routeType };
}
