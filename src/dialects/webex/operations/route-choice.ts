import { read, readAll, type Documents } from '../documents.ts';
import { invalid } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import type { Answer, Call } from '../operation.ts';
import { ordered, page } from '../pages.ts';

const PAGE = 2000;

/** What calls can be sent to: a trunk or a group of them. */
export interface Route {
  readonly routeType: 'TRUNK' | 'ROUTE_GROUP';
  readonly routeId: string;
}

export async function listRouteChoices(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const [trunk, group] = ['trunkName', 'routeGroupName'].map((one) => call.query.get(one)?.toLowerCase());
  const holds = (wanted: string | undefined, own: string): boolean => !wanted || own.toLowerCase().includes(wanted);
  const trunks = (await readAll(ledger, 'trunk')).filter((one) => holds(trunk, one.name) && !group);
  const groups = (await readAll(ledger, 'route-group')).filter((one) => holds(group, one.name) && !trunk);
  const all = [
    ...trunks.map((one) => ({ id: one.id, name: one.name, type: 'TRUNK' as const })),
    ...groups.map((one) => ({ id: one.id, name: one.name, type: 'ROUTE_GROUP' as const })),
  ];
  const items = ordered(call, all, { name: (one) => one.name });
  return page(call, 'routeIdentities', items, ({ id, ...rest }) => ({ id: encodeId(rest.type, id), ...rest }), {
    most: PAGE,
  });
}

/** The route that a body names, and its name. Throws 400 where it names none. */
export async function readRoute(
  documents: Documents,
  { routeType, routeId }: Route,
): Promise<Route & { readonly name: string }> {
  const id = decodeId(routeId, routeType);
  const found =
    id === undefined ? undefined : await read(documents, routeType === 'TRUNK' ? 'trunk' : 'route-group', id);
  if (!found) throw invalid(`routeId names no ${routeType === 'TRUNK' ? 'trunk' : 'route group'}`);
  return { routeType, routeId: found.id, name: found.name };
}
