import type { Static } from 'typebox';
import { authorizeLocation } from '../authentication.ts';
import { read, type Documents, type LineKind, type Owner } from '../documents.ts';
import { invalid } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import type { Answer, Call } from '../operation.ts';
import { ID_TYPES, LINE_KINDS } from '../owners.ts';
import type { TestCallRouting } from '../schemas.ts';
import type { AppliedPermission, RouteResult } from '../test-route.ts';

/** Tells what would become of a call, by the same decision as a real one. */
export async function testCallRouting(call: Call<Static<typeof TestCallRouting>>): Promise<Answer> {
  const { service, body } = call;
  const originator = await readOriginator(call);
  const { destination, originatorNumber = null, includeAppliedServices = false } = body;
  const result = await service.testRoute({ originator, originatorNumber, destination });
  if (!result) throw invalid('The originator cannot make calls', 4410);
  return {
    ...(await renderDestination(service.ledger, result)),
    routingAddress: result.routingAddress,
    ...(result.outsideAccessCode !== null && { outsideAccessCode: result.outsideAccessCode }),
    isRejected: result.isRejected,
    ...(includeAppliedServices && { appliedServices: result.applied.map(renderApplied) }),
  };
}

/** The vendor's description calls lines PEOPLE, its clients USER; whichever kind of line the id is of is meant. */
async function readOriginator(call: Call<Static<typeof TestCallRouting>>): Promise<Owner<LineKind | 'trunk'>> {
  const { originatorId, originatorType } = call.body;
  const kinds = originatorType === 'TRUNK' ? (['trunk'] as const) : LINE_KINDS;
  for (const kind of kinds) {
    const id = decodeId(originatorId, kind === 'trunk' ? 'TRUNK' : ID_TYPES[kind]);
    const found = id === undefined ? undefined : await read(call.service.ledger, kind, id);
    if (!found) continue;
    authorizeLocation(call.caller, found.locationId);
    return { kind, id: found.id };
  }
  throw invalid('originatorId names no one who calls');
}

async function renderDestination(documents: Documents, { destination }: RouteResult): Promise<object> {
  switch (destination.type) {
    case 'HOSTED_AGENT':
      return { destinationType: destination.type, hostedAgent: await renderLine(documents, destination.line) };
    case 'PBX_USER': {
      const { dialPlanId, dialPattern, trunkId } = destination;
      const plan = await read(documents, 'dial-plan', dialPlanId);
      const dialPlan = { dialPlanId: encodeId('DIAL_PLAN', dialPlanId), dialPlanName: plan?.name ?? '', dialPattern };
      return {
        destinationType: destination.type,
        pbxUser: { ...dialPlan, ...(await renderTrunk(documents, trunkId)) },
      };
    }
    case 'PSTN_NUMBER': {
      const { routeGroupId, trunkId } = destination;
      const group = routeGroupId === null ? undefined : await read(documents, 'route-group', routeGroupId);
      const named = group && { routeGroupId: encodeId('ROUTE_GROUP', group.id), routeGroupName: group.name };
      return {
        destinationType: destination.type,
        pstnNumber: { ...(await renderTrunk(documents, trunkId)), ...named },
      };
    }
    case 'ROUTE_LIST':
      return {
        destinationType: destination.type,
        routeList: await renderRouteList(documents, destination.routeListId),
      };
    case 'EMERGENCY':
      return { destinationType: destination.type, emergency: { isRedSky: false } };
    case 'UNKNOWN_EXTENSION':
      return { destinationType: destination.type, unknownExtension: {} };
    case 'UNKNOWN_NUMBER':
      return { destinationType: destination.type, unknownNumber: {} };
  }
}

async function renderLine(documents: Documents, { kind, id }: Owner<LineKind>): Promise<object> {
  const line = await read(documents, kind, id);
  const location = await read(documents, 'location', line?.locationId ?? '');
  const names = line && 'firstName' in line ? line : { firstName: line?.displayName ?? '', lastName: '' };
  return {
    id: encodeId(ID_TYPES[kind], id),
    type: kind === 'person' ? 'PEOPLE' : kind === 'workspace' ? 'PLACE' : 'VIRTUAL_LINE',
    firstName: names.firstName,
    lastName: names.lastName,
    locationName: location?.name ?? '',
    locationId: encodeId('LOCATION', line?.locationId ?? ''),
    ...(line?.phoneNumber && { phoneNumber: line.phoneNumber }),
    ...(line?.extension && { extension: line.extension }),
  };
}

async function renderTrunk(documents: Documents, id: string | null): Promise<object> {
  const trunk = id === null ? undefined : await read(documents, 'trunk', id);
  if (!trunk) return {};
  const location = await read(documents, 'location', trunk.locationId);
  return {
    trunkName: trunk.name,
    trunkId: encodeId('TRUNK', trunk.id),
    trunkLocationName: location?.name ?? '',
    trunkLocationId: encodeId('LOCATION', trunk.locationId),
  };
}

async function renderRouteList(documents: Documents, id: string): Promise<object> {
  const list = await read(documents, 'route-list', id);
  const group = await read(documents, 'route-group', list?.routeGroupId ?? '');
  const location = await read(documents, 'location', list?.locationId ?? '');
  return {
    id: encodeId('ROUTE_LIST', id),
    name: list?.name ?? '',
    routeGroupName: group?.name ?? '',
    routeGroupId: encodeId('ROUTE_GROUP', list?.routeGroupId ?? ''),
    locationName: location?.name ?? '',
    locationId: encodeId('LOCATION', list?.locationId ?? ''),
  };
}

function renderApplied(applied: AppliedPermission): object {
  const { configurationLevel, by, permission, transferNumber, reason, number } = applied;
  const body = {
    configurationLevel,
    ...by,
    permission,
    ...(transferNumber !== null && { transferNumber }),
    ...(reason !== null && { reason }),
    number,
  };
  return 'pattern' in by
    ? { outgoingCallingPlanPermissionsByDigitPattern: body }
    : { outgoingCallingPlanPermissionsByType: body };
}
