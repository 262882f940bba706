import { authorizeLocation } from './authentication.ts';
import {
  read,
  type Documents,
  type LineKind,
  type Location,
  type LocationCalling,
  type Owner,
  type OwnerKind,
} from './documents.ts';
import { invalid, notFound } from './errors.ts';
import { decodeId, encodeId, type IdType } from './ids.ts';
import { pathId, type Call } from './operation.ts';

/** What the vendor's ids call the kinds of owners. */
export const ID_TYPES = {
  location: 'LOCATION',
  person: 'PEOPLE',
  workspace: 'PLACE',
  'virtual-line': 'VIRTUAL_PROFILE',
} as const satisfies Record<OwnerKind, IdType>;

export const LINE_KINDS: readonly LineKind[] = ['person', 'workspace', 'virtual-line'];

export function encodeOwner({ kind, id }: Owner): string {
  return encodeId(ID_TYPES[kind], id);
}

/** A location that has calling. */
export type CallingLocation = Location & { calling: LocationCalling };

/** The location of this UUID, calling or not. Throws 404, or 403 where the caller does not look after it. */
export async function requireLocation(call: Call, documents: Documents, id: string): Promise<Location> {
  const location = await read(documents, 'location', id);
  if (!location) throw notFound();
  authorizeLocation(call.caller, id);
  return location;
}

/** The same, with calling; without calling it is not there for the telephony services. */
export async function requireCalling(call: Call, documents: Documents, id: string): Promise<CallingLocation> {
  const { calling, ...location } = await requireLocation(call, documents, id);
  if (!calling) throw notFound();
  return { ...location, calling };
}

/** The location with calling that a member of a body names. Throws 400 where it names none. */
export async function locationNamed(call: Call, documents: Documents, id: string): Promise<CallingLocation> {
  const own = decodeId(id, 'LOCATION');
  const found = own === undefined ? undefined : await read(documents, 'location', own);
  if (!found) throw invalid('locationId names no location');
  authorizeLocation(call.caller, found.id);
  const { calling, ...location } = found;
  if (!calling) throw invalid('The location is not enabled for calling', 4470);
  return { ...location, calling };
}

/** An owner of permissions, and the location that counts where it has none of its own. */
export interface Owned {
  readonly owner: Owner;
  readonly location: CallingLocation;
}

/**
 * Who the path speaks of: `id` is `locationId`, `personId`, `workspaceId` or `virtualLineId`. Throws 404 where it is not
 * there; a line without calling answers 400 as the vendor's telephony does.
 */
export async function requireOwner(call: Call, documents: Documents, kind: OwnerKind): Promise<Owned> {
  if (kind === 'location') {
    const id = pathId(call, 'locationId', 'LOCATION');
    return { owner: { kind, id }, location: await requireCalling(call, documents, id) };
  }
  const id = pathId(call, PATH_NAMES[kind], ID_TYPES[kind]);
  const line = await read(documents, kind, id);
  if (!line) throw notFound();
  authorizeLocation(call.caller, line.locationId);
  if (line.locationId === null) throw invalid('The user is not enabled for calling', 4410);
  return { owner: { kind, id }, location: await requireCalling(call, documents, line.locationId) };
}

const PATH_NAMES = { person: 'personId', workspace: 'workspaceId', 'virtual-line': 'virtualLineId' } as const;
