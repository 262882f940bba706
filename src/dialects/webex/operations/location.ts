import type { Static } from 'typebox';
import type { Documents } from '../documents.ts';
import { put, read, readAll, remove, type Location, type LocationCalling } from '../documents.ts';
import { alphanumeric, uuid } from '../../../kit/ids.ts';
import { sees } from '../authentication.ts';
import { conflict, invalid } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import { permissionRemovals } from '../lines.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { ordered, page } from '../pages.ts';
import { requireLocation } from '../owners.ts';
import type { CreateLocation, EnableCalling, UpdateLocation } from '../schemas.ts';

const MOST_LOCATIONS = 10_000;
const PAGE = 1000;
const LABEL_LENGTH = 10;
/** Names of locations with calling are shorter. */
const LONGEST_CALLING_NAME = 80;

export async function listLocations(call: Call): Promise<Answer> {
  const name = call.query.get('name')?.toLowerCase();
  const id = call.query.get('id');
  const found = (await readAll(call.service.ledger, 'location')).filter(
    (location) =>
      sees(call.caller, location.id) &&
      (!name || location.name.toLowerCase().includes(name)) &&
      (!id || location.id === decodeId(id, 'LOCATION')),
  );
  const items = ordered(call, found, { name: (location) => location.name });
  return page(call, 'items', items, (location) => render(call, location), { most: PAGE });
}

/** Answers with the whole location, as the vendor's servers do, of which its description tells only the id. */
export function createLocation(call: Call<Static<typeof CreateLocation>>): Promise<Answer> {
  const { body } = call;
  const location: Location = {
    id: uuid(),
    name: body.name,
    address: readAddress(body.address),
    timeZone: readTimeZone(body.timeZone),
    preferredLanguage: body.preferredLanguage,
    announcementLanguage: body.announcementLanguage ?? null,
    latitude: body.latitude ?? null,
    longitude: body.longitude ?? null,
    notes: body.notes ?? null,
    hostLabel: alphanumeric(LABEL_LENGTH),
    calling: null,
  };
  return change(call, async (view) => {
    const others = await readAll(view, 'location');
    if (others.length >= MOST_LOCATIONS) throw invalid(`An organization has at most ${MOST_LOCATIONS} locations`);
    refuseTakenName(others, location);
    return { writes: [put('location', location.id, location)], result: render(call, location) };
  });
}

export async function getLocation(call: Call): Promise<Answer> {
  return render(call, await requireLocation(call, call.service.ledger, pathId(call, 'locationId', 'LOCATION')));
}

export function updateLocation(call: Call<Static<typeof UpdateLocation>>): Promise<Answer> {
  const id = pathId(call, 'locationId', 'LOCATION');
  return change(call, async (view) => {
    const location = changed(await requireLocation(call, view, id), call.body);
    refuseTakenName(await readAll(view, 'location'), location);
    return { writes: [put('location', id, location)], result: undefined };
  });
}

/** Refused while anybody or anything is there: people, workspaces, virtual lines, numbers, trunks, route lists. */
export function deleteLocation(call: Call): Promise<Answer> {
  const id = pathId(call, 'locationId', 'LOCATION');
  return change(call, async (view) => {
    await requireLocation(call, view, id);
    const user = await userOf(view, id);
    if (user) throw conflict(`The location is in use by a ${user}`);
    return { writes: [remove('location', id), ...(await permissionRemovals(view, id))], result: undefined };
  });
}

async function userOf(documents: Documents, id: string): Promise<string | undefined> {
  for (const kind of ['person', 'workspace', 'virtual-line', 'phone-number', 'trunk', 'route-list'] as const) {
    const holders: { locationId: string | null }[] = await readAll(documents, kind);
    if (holders.some(({ locationId }) => locationId === id)) return kind.replace('-', ' ');
  }
  return undefined;
}

/** Calls for an existing location; what else is sent is changed along. */
export function enableCalling(call: Call<Static<typeof EnableCalling>>): Promise<Answer> {
  const id = decodeId(call.body.id, 'LOCATION');
  return change(call, async (view) => {
    if (id === undefined || !(await read(view, 'location', id))) throw invalid('id names no location');
    const known = await requireLocation(call, view, id);
    if (known.calling) throw conflict('The location is enabled for calling already');
    const location = { ...changed(known, call.body), calling: FIRST_CALLING };
    refuseTakenName(await readAll(view, 'location'), location);
    return { writes: [put('location', id, location)], result: { id: encodeId('LOCATION', id) } };
  });
}

const FIRST_CALLING: LocationCalling = {
  outsideDialDigit: null,
  enforceOutsideDialDigit: false,
  routingPrefix: null,
  callingLineId: { name: null, phoneNumber: null },
  connection: null,
  externalCallerIdName: null,
  pAccessNetworkInfo: null,
  chargeNumber: null,
  useChargeNumberForPChargeInfo: false,
};

function changed(known: Location, body: Static<typeof UpdateLocation>): Location {
  return {
    ...known,
    name: body.name ?? known.name,
    address: body.address ? readAddress(body.address) : known.address,
    timeZone: body.timeZone === undefined ? known.timeZone : readTimeZone(body.timeZone),
    preferredLanguage: body.preferredLanguage ?? known.preferredLanguage,
    announcementLanguage: body.announcementLanguage ?? known.announcementLanguage,
    latitude: body.latitude ?? known.latitude,
    longitude: body.longitude ?? known.longitude,
    notes: body.notes ?? known.notes,
  };
}

function refuseTakenName(others: readonly Location[], { id, name, calling }: Location): void {
  if (calling && name.length > LONGEST_CALLING_NAME)
    throw invalid(`name must not have more than ${LONGEST_CALLING_NAME} characters`);
  if (others.some((other) => other.id !== id && other.name.toLowerCase() === name.toLowerCase()))
    throw conflict('A location of this name exists already');
}

function readAddress(address: Location['address']): Location['address'] {
  return { ...address, country: address.country.toUpperCase() };
}

function readTimeZone(name: string): string {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    throw invalid('timeZone must be the name of a time zone, such as America/Chicago');
  }
}

function render({ service }: Call, location: Location): object {
  const {
    calling: _calling,
    hostLabel: _label,
    id,
    announcementLanguage,
    latitude,
    longitude,
    notes,
    ...rest
  } = location;
  return {
    id: encodeId('LOCATION', id),
    orgId: encodeId('ORGANIZATION', service.organizationId),
    ...rest,
    ...(announcementLanguage !== null && { announcementLanguage }),
    ...(latitude !== null && { latitude }),
    ...(longitude !== null && { longitude }),
    ...(notes !== null && { notes }),
  };
}
