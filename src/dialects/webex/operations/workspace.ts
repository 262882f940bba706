import type { Static } from 'typebox';
import { uuid } from '../../../kit/ids.ts';
import { authorizeLocation, sees } from '../authentication.ts';
import { put, read, readAll, type Documents, type Workspace } from '../documents.ts';
import { notFound } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import { lineRemovals, NO_PLACE, placeWrites, readPlace, type Place, type PlaceWish } from '../lines.ts';
import { change, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { page } from '../pages.ts';
import type { CreateWorkspace, UpdateWorkspace } from '../schemas.ts';

const PAGE = 1000;

type Body = Static<typeof UpdateWorkspace>;

export async function listWorkspaces(call: Call): Promise<Answer> {
  const { query } = call;
  const location = query.get('locationId');
  const name = query.get('displayName')?.toLowerCase();
  const same = (parameter: string, own: string | number | null): boolean => {
    const wanted = query.get(parameter);
    return !wanted || wanted === String(own);
  };
  const found = (await readAll(call.service.ledger, 'workspace')).filter(
    (workspace) =>
      sees(call.caller, workspace.locationId) &&
      (!location || workspace.locationId === decodeId(location, 'LOCATION')) &&
      (!name || workspace.displayName.toLowerCase().includes(name)) &&
      same('workspaceLocationId', workspace.workspaceLocationId) &&
      same('floorId', workspace.floorId) &&
      same('capacity', workspace.capacity) &&
      same('type', workspace.type) &&
      same('calling', workspace.callingType),
  );
  const items = found.toSorted((a, b) => a.displayName.localeCompare(b.displayName, 'en'));
  return page(call, 'items', items, (workspace) => render(call, workspace), { most: PAGE });
}

export function createWorkspace(call: Call<Static<typeof CreateWorkspace>>): Promise<Answer> {
  const { body } = call;
  const id = uuid();
  const owner = { kind: 'workspace', id } as const;
  return change(call, async (view) => {
    const place = await readPlace(call, view, owner, wishOf(body, NO_PLACE));
    authorizeLocation(call.caller, place.locationId);
    const workspace = { id, ...members(body, undefined), ...place, created: timestamp(call) };
    const writes = [put('workspace', id, workspace), ...(await placeWrites(view, owner, NO_PLACE, place, call))];
    return { writes, result: render(call, workspace) };
  });
}

export async function getWorkspace(call: Call): Promise<Answer> {
  return render(call, await requireWorkspace(call, call.service.ledger));
}

/** What is not sent stays; `calling` is sent as a whole. */
export function updateWorkspace(call: Call<Body>): Promise<Answer> {
  return change(call, async (view) => {
    const known = await requireWorkspace(call, view);
    const { id, created } = known;
    const owner = { kind: 'workspace', id } as const;
    const place = await readPlace(call, view, owner, wishOf(call.body, known));
    const workspace = { id, ...members(call.body, known), ...place, created };
    const writes = [put('workspace', id, workspace), ...(await placeWrites(view, owner, known, place, call))];
    return { writes, result: render(call, workspace) };
  });
}

export function deleteWorkspace(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const workspace = await requireWorkspace(call, view);
    const owner = { kind: 'workspace', id: workspace.id } as const;
    return { writes: await lineRemovals(call, view, owner, workspace), result: undefined };
  });
}

async function requireWorkspace(call: Call, documents: Documents): Promise<Workspace> {
  const workspace = await read(documents, 'workspace', pathId(call, 'workspaceId', 'PLACE'));
  if (!workspace) throw notFound();
  authorizeLocation(call.caller, workspace.locationId);
  return workspace;
}

/** Calls are made with Webex Calling only; other kinds of calling are kept, and make none here. */
function wishOf({ calling, locationId }: Body, known: Place): PlaceWish {
  if (!calling) return known;
  if (calling.type !== 'webexCalling') return NO_PLACE;
  const { webexCalling = {} } = calling;
  return {
    locationId: webexCalling.locationId ?? locationId ?? known.locationId,
    extension: webexCalling.extension ?? null,
    phoneNumber: webexCalling.phoneNumber ?? null,
  };
}

function members(body: Body, known: Workspace | undefined): Omit<Workspace, 'id' | 'created' | keyof Place> {
  return {
    displayName: body.displayName ?? known?.displayName ?? '',
    workspaceLocationId: body.workspaceLocationId ?? known?.workspaceLocationId ?? null,
    floorId: body.floorId ?? known?.floorId ?? null,
    capacity: body.capacity ?? known?.capacity ?? null,
    type: body.type ?? known?.type ?? 'notSet',
    callingType: body.calling?.type ?? known?.callingType ?? 'freeCalling',
    licenses: body.calling?.webexCalling?.licenses ?? known?.licenses ?? [],
    sipAddress: body.sipAddress ?? known?.sipAddress ?? null,
    notes: body.notes ?? known?.notes ?? null,
    hotdeskingStatus: body.hotdeskingStatus ?? known?.hotdeskingStatus ?? 'off',
    supportedDevices: body.supportedDevices ?? known?.supportedDevices ?? 'phones',
  };
}

function render({ service }: Call, workspace: Workspace): object {
  const { id, locationId, extension, phoneNumber, callingType, licenses, ...rest } = workspace;
  const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  const calling = locationId !== null && {
    ...(phoneNumber !== null && { phoneNumber }),
    ...(extension !== null && { extension }),
    locationId: encodeId('LOCATION', locationId),
    licenses,
  };
  return {
    id: encodeId('PLACE', id),
    orgId: encodeId('ORGANIZATION', service.organizationId),
    ...present,
    ...(locationId !== null && { locationId: encodeId('LOCATION', locationId) }),
    calling: { type: callingType, ...(calling && { webexCalling: calling }) },
  };
}
