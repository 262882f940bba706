import type { Static } from 'typebox';
import type { View } from '../../../ledger/mutate.ts';
import { uuid } from '../../../kit/ids.ts';
import type { Write } from '../../../ledger/ledger.ts';
import { put, read, readAll, remove, type Documents, type RouteList } from '../documents.ts';
import { invalid, notFound } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { locationNamed } from '../owners.ts';
import { ordered, page } from '../pages.ts';
import { readNumber } from '../phone-numbers.ts';
import type { CreateRouteList, RouteListNumbers, UpdateRouteList } from '../schemas.ts';

const PAGE = 2000;
const MOST_LISTS = 5000;
const NAME_TAKEN = 27_601;

type Rendered = RouteList & { locationName: string; routeGroupName: string };

export async function listRouteLists(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const [name, location] = [call.query.get('name')?.toLowerCase(), call.query.get('locationId')];
  const lists = (await readAll(ledger, 'route-list')).filter(
    (list) =>
      (!name || list.name.toLowerCase().includes(name)) &&
      (!location || list.locationId === decodeId(location, 'LOCATION')),
  );
  return listPage(call, lists);
}

/** A page of route lists, those given. */
export async function listPage(call: Call, lists: readonly RouteList[]): Promise<Answer> {
  const { ledger } = call.service;
  const named = await Promise.all(lists.map((list) => withNames(ledger, list)));
  const items = ordered(call, named, { name: (list) => list.name, locationName: (list) => list.locationName });
  const render = (list: Rendered): object => ({
    id: encodeId('ROUTE_LIST', list.id),
    name: list.name,
    locationId: encodeId('LOCATION', list.locationId),
    locationName: list.locationName,
    routeGroupId: encodeId('ROUTE_GROUP', list.routeGroupId),
    routeGroupName: list.routeGroupName,
  });
  return page(call, 'routeLists', items, render, { most: PAGE });
}

export function createRouteList(call: Call<Static<typeof CreateRouteList>>): Promise<Answer> {
  const { body } = call;
  const id = uuid();
  return change(call, async (view) => {
    const location = await locationNamed(call, view, body.locationId);
    const routeGroupId = await groupNamed(view, body.routeGroupId);
    const list = { id, name: body.name, locationId: location.id, routeGroupId };
    const others = await readAll(view, 'route-list');
    if (others.length >= MOST_LISTS) throw invalid(`An organization has at most ${MOST_LISTS} route lists`);
    refuseTakenName(list, others);
    return { writes: [put('route-list', id, list)], result: { id: encodeId('ROUTE_LIST', id) } };
  });
}

export async function getRouteList(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const list = await withNames(ledger, await requireList(ledger, call));
  return {
    id: encodeId('ROUTE_LIST', list.id),
    name: list.name,
    location: { id: encodeId('LOCATION', list.locationId), name: list.locationName },
    routeGroup: { id: encodeId('ROUTE_GROUP', list.routeGroupId), name: list.routeGroupName },
  };
}

export function updateRouteList(call: Call<Static<typeof UpdateRouteList>>): Promise<Answer> {
  const { body } = call;
  return change(call, async (view) => {
    const known = await requireList(view, call);
    const routeGroupId =
      body.routeGroupId === undefined ? known.routeGroupId : await groupNamed(view, body.routeGroupId);
    const list = { ...known, name: body.name ?? known.name, routeGroupId };
    refuseTakenName(list, await readAll(view, 'route-list'));
    return { writes: [put('route-list', list.id, list)], result: undefined };
  });
}

export function deleteRouteList(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { id } = await requireList(view, call);
    return { writes: [remove('route-list', id), ...(await numberRemovals(view, id))], result: undefined };
  });
}

export async function listRouteListNumbers(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { id } = await requireList(ledger, call);
  const wanted = call.query.get('number')?.replace(/[^+\d]/g, '');
  const numbers = (await readAll(ledger, 'route-list-number'))
    .filter(({ routeListId, number }) => routeListId === id && (!wanted || number.includes(wanted)))
    .map(({ number }) => number);
  return page(call, 'numbers', ordered(call, numbers, { number: (number) => number }), (number) => number, {
    most: PAGE,
  });
}

/** What cannot be added or deleted is answered in `numberStatus`; the rest is done. */
export function modifyRouteListNumbers(call: Call<Static<typeof RouteListNumbers>>): Promise<Answer> {
  const { numbers = [], deleteAllNumbers = false } = call.body;
  return change(call, async (view) => {
    const { id, locationId } = await requireList(view, call);
    if (deleteAllNumbers) return { writes: await numberRemovals(view, id), result: undefined };
    const location = await read(view, 'location', locationId);
    const writes: Write[] = [];
    const numberStatus: object[] = [];
    const seen = new Set<string>();
    for (const { number: text, action = 'ADD' } of numbers) {
      const number = readNumber(text, location?.address.country ?? '') ?? '';
      const holder = await read(view, 'route-list-number', number);
      const fault = faultOf(number, action, seen, holder && holder.routeListId === id, holder !== undefined);
      if (fault) numberStatus.push({ number: text, ...fault });
      else
        writes.push(
          action === 'ADD'
            ? put('route-list-number', number, { number, routeListId: id })
            : remove('route-list-number', number),
        );
      seen.add(number);
    }
    return { writes, result: numberStatus.length === 0 ? undefined : { numberStatus } };
  });
}

function faultOf(
  number: string,
  action: 'ADD' | 'DELETE',
  seen: ReadonlySet<string>,
  own: boolean | undefined,
  taken: boolean,
): object | undefined {
  if (number === '') return { numberStatus: 'INVALID', message: 'The number is no E.164 number' };
  if (seen.has(number)) return { numberStatus: 'DUPLICATE_IN_LIST', message: 'The number is in the list already' };
  if (action === 'ADD' && taken) return { numberStatus: 'DUPLICATE', message: 'The number is in a route list already' };
  if (action === 'DELETE' && !own)
    return { numberStatus: 'UNAVAILABLE', message: 'The number is not in the route list' };
  return undefined;
}

async function numberRemovals(view: View, id: string): Promise<Write[]> {
  const numbers = await readAll(view, 'route-list-number');
  return numbers
    .filter(({ routeListId }) => routeListId === id)
    .map(({ number }) => remove('route-list-number', number));
}

async function requireList(documents: Documents, call: Call): Promise<RouteList> {
  const list = await read(documents, 'route-list', pathId(call, 'routeListId', 'ROUTE_LIST'));
  if (!list) throw notFound();
  return list;
}

async function groupNamed(documents: Documents, id: string): Promise<string> {
  const own = decodeId(id, 'ROUTE_GROUP');
  if (own === undefined || !(await read(documents, 'route-group', own)))
    throw invalid('routeGroupId names no route group');
  return own;
}

async function withNames(documents: Documents, list: RouteList): Promise<Rendered> {
  const location = await read(documents, 'location', list.locationId);
  const group = await read(documents, 'route-group', list.routeGroupId);
  return { ...list, locationName: location?.name ?? '', routeGroupName: group?.name ?? '' };
}

/** Names are unique within a location. */
function refuseTakenName({ id, name, locationId }: RouteList, others: readonly RouteList[]): void {
  if (others.some((other) => other.id !== id && other.locationId === locationId && other.name === name))
    throw invalid('A route list of this name exists in the location already', NAME_TAKEN);
}
