import type { Static } from 'typebox';
import { uuid } from '../../../kit/ids.ts';
import { authorizeLocation, sees } from '../authentication.ts';
import { put, read, readAll, type Documents, type VirtualLine } from '../documents.ts';
import { invalid, notFound } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import { lineRemovals, NO_PLACE, placeWrites, readPlace, type Place } from '../lines.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { ordered, page } from '../pages.ts';
import { readNumber } from '../phone-numbers.ts';
import type { CreateVirtualLine, UpdateVirtualLine } from '../schemas.ts';

const PAGE = 2000;

export async function listVirtualLines(call: Call): Promise<Answer> {
  const { query, service } = call;
  const location = query.get('locationId');
  const [name, number] = [query.get('ownerName')?.toLowerCase(), query.get('phoneNumber')];
  const found = (await readAll(service.ledger, 'virtual-line')).filter(
    (line) =>
      sees(call.caller, line.locationId) &&
      (!location || line.locationId === decodeId(location, 'LOCATION')) &&
      (!name || line.displayName.toLowerCase().includes(name)) &&
      (!number || line.phoneNumber === number),
  );
  const items = ordered(call, found, {
    firstName: (line) => line.firstName,
    lastName: (line) => line.lastName,
    fname: (line) => line.firstName,
    lname: (line) => line.lastName,
  });
  return page(call, 'virtualLines', items, (line) => render(service.ledger, line), { most: PAGE });
}

export function createVirtualLine(call: Call<Static<typeof CreateVirtualLine>>): Promise<Answer> {
  const { body } = call;
  const id = uuid();
  const owner = { kind: 'virtual-line', id } as const;
  return change(call, async (view) => {
    const { extension = null, phoneNumber = null } = body;
    const place = await readPlace(call, view, owner, { locationId: body.locationId, extension, phoneNumber });
    const line: VirtualLine = {
      id,
      ...located(place),
      firstName: body.firstName,
      lastName: body.lastName,
      displayName: body.displayName ?? `${body.firstName} ${body.lastName}`,
      callerIdFirstName: body.callerIdFirstName ?? null,
      callerIdLastName: body.callerIdLastName ?? null,
      callerIdNumber: await callerId(view, place, body.callerIdNumber ?? null),
    };
    const writes = [put('virtual-line', id, line), ...(await placeWrites(view, owner, NO_PLACE, place, call))];
    return { writes, result: { id: encodeId('VIRTUAL_PROFILE', id) } };
  });
}

export async function getVirtualLine(call: Call): Promise<Answer> {
  const line = await requireVirtualLine(call, call.service.ledger);
  return render(call.service.ledger, line);
}

/** What is not sent stays; null takes a number or an extension away. */
export function updateVirtualLine(call: Call<Static<typeof UpdateVirtualLine>>): Promise<Answer> {
  const { body } = call;
  return change(call, async (view) => {
    const known = await requireVirtualLine(call, view);
    const owner = { kind: 'virtual-line', id: known.id } as const;
    const place = await readPlace(call, view, owner, {
      locationId: known.locationId,
      extension: body.extension === undefined ? known.extension : body.extension,
      phoneNumber: body.phoneNumber === undefined ? known.phoneNumber : body.phoneNumber,
    });
    const line: VirtualLine = {
      ...known,
      ...located(place),
      firstName: body.firstName ?? known.firstName,
      lastName: body.lastName ?? known.lastName,
      displayName: body.displayName ?? known.displayName,
      callerIdFirstName: body.callerIdFirstName ?? known.callerIdFirstName,
      callerIdLastName: body.callerIdLastName ?? known.callerIdLastName,
      callerIdNumber:
        body.callerIdNumber === undefined ? known.callerIdNumber : await callerId(view, place, body.callerIdNumber),
    };
    const writes = [put('virtual-line', known.id, line), ...(await placeWrites(view, owner, known, place, call))];
    return { writes, result: undefined };
  });
}

export function deleteVirtualLine(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const line = await requireVirtualLine(call, view);
    const owner = { kind: 'virtual-line', id: line.id } as const;
    return { writes: await lineRemovals(call, view, owner, line), result: undefined };
  });
}

async function requireVirtualLine(call: Call, documents: Documents): Promise<VirtualLine> {
  const line = await read(documents, 'virtual-line', pathId(call, 'virtualLineId', 'VIRTUAL_PROFILE'));
  if (!line) throw notFound();
  authorizeLocation(call.caller, line.locationId);
  return line;
}

function located({ locationId, ...place }: Place): Place & { locationId: string } {
  if (locationId === null) throw invalid('locationId is required');
  return { locationId, ...place };
}

/** A number to show must be one of the organisation. */
async function callerId(documents: Documents, { locationId }: Place, text: string | null): Promise<string | null> {
  if (!text || locationId === null) return null;
  const location = await read(documents, 'location', locationId);
  const e164 = readNumber(text, location?.address.country ?? '');
  if (e164 === undefined || !(await read(documents, 'phone-number', e164)))
    throw invalid('callerIdNumber is no number of the organization');
  return e164;
}

async function render(documents: Documents, line: VirtualLine): Promise<object> {
  const { id, locationId, phoneNumber, extension, ...rest } = line;
  const location = await read(documents, 'location', locationId);
  const routingPrefix = location?.calling?.routingPrefix ?? null;
  const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  return {
    id: encodeId('VIRTUAL_PROFILE', id),
    ...present,
    callerIdFirstName: line.callerIdFirstName ?? line.firstName,
    callerIdLastName: line.callerIdLastName ?? line.lastName,
    number: {
      ...(phoneNumber !== null && { external: phoneNumber }),
      ...(extension !== null && { extension, esn: `${routingPrefix ?? ''}${extension}` }),
      ...(routingPrefix !== null && { routingPrefix }),
      primary: true,
    },
    location: { id: encodeId('LOCATION', locationId), name: location?.name ?? '' },
    numberOfDevicesAssigned: 0,
  };
}
