import type { Static } from 'typebox';
import type { View } from '../../../ledger/mutate.ts';
import { sees } from '../authentication.ts';
import { put, read, readAll, type LocationCalling } from '../documents.ts';
import { invalid } from '../errors.ts';
import { locationHost } from '../host-names.ts';
import { decodeId, encodeId } from '../ids.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { requireCalling, type CallingLocation } from '../owners.ts';
import { ordered, page } from '../pages.ts';
import { readNumber } from '../phone-numbers.ts';
import type { UpdateCalling } from '../schemas.ts';

const PAGE = 2000;
/** People, workspaces and virtual lines of one location, as far as the vendor tells. */
const USER_LIMIT = 25_000;

export async function listCallingLocations(call: Call): Promise<Answer> {
  const name = call.query.get('name')?.toLowerCase();
  const found = (await readAll(call.service.ledger, 'location')).flatMap(({ calling, ...location }) =>
    calling && sees(call.caller, location.id) && (!name || location.name.toLowerCase().includes(name))
      ? [{ ...location, calling }]
      : [],
  );
  const items = ordered(call, found, { name: (location) => location.name });
  return page(call, 'locations', items, render, { most: PAGE });
}

export async function getLocationCalling(call: Call): Promise<Answer> {
  const location = await requireCalling(call, call.service.ledger, pathId(call, 'locationId', 'LOCATION'));
  const { connection, externalCallerIdName, pAccessNetworkInfo, chargeNumber } = location.calling;
  return {
    ...render(location),
    announcementLanguage: location.announcementLanguage ?? location.preferredLanguage,
    ...(connection && { connection: { type: connection.type, id: encodeId(connection.type, connection.id) } }),
    ...(externalCallerIdName !== null && { externalCallerIdName }),
    ...(pAccessNetworkInfo !== null && { pAccessNetworkInfo }),
    ...(chargeNumber !== null && { chargeNumber }),
    useChargeNumberForPChargeInfo: location.calling.useChargeNumberForPChargeInfo,
    userLimit: USER_LIMIT,
    defaultDomain: locationHost(location.hostLabel, call.service.domain),
  };
}

/** What is sent changes, the rest stays; an empty text or null takes a digit, a prefix or a number away. */
export function updateLocationCalling(call: Call<Static<typeof UpdateCalling>>): Promise<Answer> {
  const id = pathId(call, 'locationId', 'LOCATION');
  return change(call, async (view) => {
    const known = await requireCalling(call, view, id);
    const calling = await changed(view, known, call.body);
    const announcementLanguage = call.body.announcementLanguage ?? known.announcementLanguage;
    const location = { ...known, announcementLanguage, calling };
    return { writes: [put('location', id, location)], result: undefined };
  });
}

async function changed(
  view: View,
  { id, address, calling: known }: CallingLocation,
  body: Static<typeof UpdateCalling>,
): Promise<LocationCalling> {
  const routingPrefix = cleared(body.routingPrefix, known.routingPrefix);
  if (routingPrefix !== null && routingPrefix !== known.routingPrefix) await refuseTakenPrefix(view, id, routingPrefix);
  const { callingLineId = {}, connection } = body;
  return {
    outsideDialDigit: cleared(body.outsideDialDigit, known.outsideDialDigit),
    enforceOutsideDialDigit: body.enforceOutsideDialDigit ?? known.enforceOutsideDialDigit,
    routingPrefix,
    callingLineId: {
      name: callingLineId.name ?? known.callingLineId.name,
      phoneNumber:
        callingLineId.phoneNumber === undefined
          ? known.callingLineId.phoneNumber
          : await ownNumber(view, id, callingLineId.phoneNumber, address.country),
    },
    connection: connection === undefined ? known.connection : await readConnection(view, connection),
    externalCallerIdName: body.externalCallerIdName ?? known.externalCallerIdName,
    pAccessNetworkInfo: body.pAccessNetworkInfo ?? known.pAccessNetworkInfo,
    chargeNumber: cleared(body.chargeNumber, known.chargeNumber),
    useChargeNumberForPChargeInfo: body.useChargeNumberForPChargeInfo ?? known.useChargeNumberForPChargeInfo,
  };
}

function cleared(sent: string | null | undefined, known: string | null): string | null {
  return sent === undefined ? known : sent || null;
}

async function refuseTakenPrefix(view: View, id: string, prefix: string): Promise<void> {
  const others = await readAll(view, 'location');
  if (others.some((other) => other.id !== id && other.calling?.routingPrefix === prefix))
    throw invalid('The routing prefix is used by another location', 5600);
}

async function ownNumber(view: View, id: string, text: string, country: string): Promise<string> {
  const e164 = readNumber(text, country);
  const number = e164 === undefined ? undefined : await read(view, 'phone-number', e164);
  if (number?.locationId !== id) throw invalid('callingLineId.phoneNumber is no number of the location');
  return number.e164;
}

async function readConnection(
  view: View,
  { type, id }: { type: 'TRUNK' | 'ROUTE_GROUP'; id: string },
): Promise<LocationCalling['connection']> {
  const own = decodeId(id, type);
  if (own === undefined || !(await read(view, type === 'TRUNK' ? 'trunk' : 'route-group', own)))
    throw invalid(`connection.id names no ${type === 'TRUNK' ? 'trunk' : 'route group'}`);
  return { type, id: own };
}

function render({ id, name, calling }: CallingLocation): object {
  const { outsideDialDigit, enforceOutsideDialDigit, routingPrefix, callingLineId } = calling;
  return {
    id: encodeId('LOCATION', id),
    name,
    callingLineId: {
      ...(callingLineId.name !== null && { name: callingLineId.name }),
      ...(callingLineId.phoneNumber !== null && { phoneNumber: callingLineId.phoneNumber }),
    },
    ...(outsideDialDigit !== null && { outsideDialDigit }),
    enforceOutsideDialDigit,
    ...(routingPrefix !== null && { routingPrefix }),
    e911SetupRequired: false,
  };
}
