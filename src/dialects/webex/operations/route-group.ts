import type { Static } from 'typebox';
import type { View } from '../../../ledger/mutate.ts';
import { uuid } from '../../../kit/ids.ts';
import { put, read, readAll, remove, type Documents, type RouteGroup } from '../documents.ts';
import { conflict, invalid, notFound } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { ordered, page } from '../pages.ts';
import type { RouteGroupBody } from '../schemas.ts';
import { listPage } from './route-list.ts';
import { usagePage, usersOf } from './trunk.ts';

const PAGE = 2000;
const MOST_GROUPS = 5000;

export async function listRouteGroups(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const name = call.query.get('name')?.toLowerCase();
  const found = (await readAll(ledger, 'route-group')).filter(
    (group) => !name || group.name.toLowerCase().includes(name),
  );
  const users = await usersOf(ledger);
  const listed = new Set((await readAll(ledger, 'route-list')).map(({ routeGroupId }) => routeGroupId));
  const items = ordered(call, found, { name: (group) => group.name });
  const render = ({ id, name: own }: RouteGroup): object => ({
    id: encodeId('ROUTE_GROUP', id),
    name: own,
    inUse: users(id).inUse || listed.has(id),
  });
  return page(call, 'routeGroups', items, render, { most: PAGE });
}

export function createRouteGroup(call: Call<Static<typeof RouteGroupBody>>): Promise<Answer> {
  const id = uuid();
  return change(call, async (view) => {
    const group = { id, ...(await members(view, call.body)) };
    const others = await readAll(view, 'route-group');
    if (others.length >= MOST_GROUPS) throw invalid(`An organization has at most ${MOST_GROUPS} route groups`);
    refuseTakenName(group, others);
    return { writes: [put('route-group', id, group)], result: { id: encodeId('ROUTE_GROUP', id) } };
  });
}

export async function getRouteGroup(call: Call): Promise<Answer> {
  const { ledger, organizationId } = call.service;
  const { name, localGateways } = await requireGroup(ledger, pathId(call, 'routeGroupId', 'ROUTE_GROUP'));
  const gateways = await Promise.all(
    localGateways.map(async ({ trunkId, priority }) => {
      const trunk = await read(ledger, 'trunk', trunkId);
      const locationId = encodeId('LOCATION', trunk?.locationId ?? '');
      return { id: encodeId('TRUNK', trunkId), name: trunk?.name ?? '', locationId, priority };
    }),
  );
  return {
    name,
    organization: { id: encodeId('ORGANIZATION', organizationId), name: 'Tollgate' },
    localGateways: gateways,
  };
}

export function updateRouteGroup(call: Call<Static<typeof RouteGroupBody>>): Promise<Answer> {
  return change(call, async (view) => {
    const { id } = await requireGroup(view, pathId(call, 'routeGroupId', 'ROUTE_GROUP'));
    const group = { id, ...(await members(view, call.body)) };
    refuseTakenName(group, await readAll(view, 'route-group'));
    return { writes: [put('route-group', id, group)], result: undefined };
  });
}

/** Refused while calls are sent there by a location, a dial plan or a route list. */
export function deleteRouteGroup(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { id } = await requireGroup(view, pathId(call, 'routeGroupId', 'ROUTE_GROUP'));
    const lists = await readAll(view, 'route-list');
    if ((await usersOf(view))(id).inUse || lists.some(({ routeGroupId }) => routeGroupId === id))
      throw conflict('The route group is in use');
    return { writes: [remove('route-group', id)], result: undefined };
  });
}

export async function getRouteGroupUsage(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { id } = await requireGroup(ledger, pathId(call, 'routeGroupId', 'ROUTE_GROUP'));
  const { locations, dialPlans } = (await usersOf(ledger))(id);
  const lists = (await readAll(ledger, 'route-list')).filter(({ routeGroupId }) => routeGroupId === id);
  return {
    pstnConnectionCount: String(locations.length),
    callToExtensionCount: '0',
    dialPlanCount: String(dialPlans.length),
    routeListCount: String(lists.length),
  };
}

/** Who sends calls to the group; calls to extensions are not sent to premises here, so there are none of these. */
export function listRouteGroupUsage(use: 'locations' | 'dialPlans' | 'none'): (call: Call) => Promise<Answer> {
  return async (call) => {
    const { ledger } = call.service;
    const { id } = await requireGroup(ledger, pathId(call, 'routeGroupId', 'ROUTE_GROUP'));
    return usagePage(call, use, use === 'none' ? [] : (await usersOf(ledger))(id)[use]);
  };
}

export async function listRouteGroupRouteLists(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { id } = await requireGroup(ledger, pathId(call, 'routeGroupId', 'ROUTE_GROUP'));
  const lists = (await readAll(ledger, 'route-list')).filter(({ routeGroupId }) => routeGroupId === id);
  return listPage(call, lists);
}

async function requireGroup(documents: Documents, id: string): Promise<RouteGroup> {
  const group = await read(documents, 'route-group', id);
  if (!group) throw notFound();
  return group;
}

async function members(view: View, body: Static<typeof RouteGroupBody>): Promise<Omit<RouteGroup, 'id'>> {
  const localGateways: RouteGroup['localGateways'] = [];
  for (const { id, priority } of body.localGateways) {
    const trunkId = decodeId(id, 'TRUNK');
    if (trunkId === undefined || !(await read(view, 'trunk', trunkId)))
      throw invalid('localGateways.id names no trunk');
    if (localGateways.some((other) => other.trunkId === trunkId)) throw invalid('localGateways names a trunk twice');
    localGateways.push({ trunkId, priority });
  }
  return { name: body.name, localGateways };
}

function refuseTakenName({ id, name }: RouteGroup, others: readonly RouteGroup[]): void {
  if (others.some((other) => other.id !== id && other.name.toLowerCase() === name.toLowerCase()))
    throw conflict('A route group of this name exists already');
}
