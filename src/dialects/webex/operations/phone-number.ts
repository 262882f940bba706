import { Type, type Static } from 'typebox';
import { isAvailable } from '../../number-holders.ts';
import { isTollFree } from '../../offered-numbers.ts';
import { sees } from '../authentication.ts';
import {
  read,
  readAll,
  put,
  remove,
  type Documents,
  type LineKind,
  type Owner,
  type PhoneNumber,
} from '../documents.ts';
import { conflict, invalid } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { encodeOwner, LINE_KINDS, requireCalling, type CallingLocation } from '../owners.ts';
import { ordered, page } from '../pages.ts';
import { holdsNumber, readNumber } from '../phone-numbers.ts';
import { optional, readQuery } from '../read-body.ts';
import type { AddNumbers, ManageNumbers, PhoneNumberList, ValidateNumbers } from '../schemas.ts';

const PAGE = 2000;
/** Of one request, to take numbers out of service. */
const MOST_DEACTIVATED = 500;

const Text = optional(Type.String());
const Flag = optional(Type.Boolean());
const Filters = Type.Object({
  locationId: Text,
  phoneNumber: Text,
  available: Flag,
  ownerName: Text,
  ownerId: Text,
  ownerType: Text,
  extension: Text,
  numberType: optional(Type.Enum(['NUMBER', 'EXTENSION'])),
  phoneNumberType: Text,
  state: Text,
  tollFreeNumbers: Flag,
  serviceNumber: Flag,
  details: Flag,
});

/** A number, an extension, or both, as the list shows them. */
interface Listed {
  readonly number: PhoneNumber | null;
  readonly extension: string | null;
  readonly location: CallingLocation;
  readonly owner: { readonly line: Owner<LineKind>; readonly firstName: string; readonly lastName: string } | null;
}

const OWNER_TYPES: Record<LineKind, string> = { person: 'PEOPLE', workspace: 'PLACE', 'virtual-line': 'VIRTUAL_LINE' };

export async function listNumbers(call: Call): Promise<Answer> {
  const wanted = readQuery(Filters, call.query);
  const all = (await listAll(call.service.ledger)).filter(({ location }) => sees(call.caller, location.id));
  const parts = (text: string): string[] => text.split(',').map((part) => part.replace(/[^+\d]/g, ''));
  const found = all.filter(
    ({ number, extension, location, owner }) =>
      (!wanted.locationId || location.id === decodeId(wanted.locationId, 'LOCATION')) &&
      (!wanted.phoneNumber || parts(wanted.phoneNumber).some((part) => number?.e164.includes(part))) &&
      (!wanted.extension || parts(wanted.extension).some((part) => extension === part)) &&
      (wanted.available === undefined || wanted.available === (owner === null && !isMain(location, number))) &&
      (!wanted.ownerName || nameOf(owner).includes(wanted.ownerName.toLowerCase())) &&
      (!wanted.ownerId ||
        (owner !== null && owner.line.id === decodeId(wanted.ownerId, 'PEOPLE', 'PLACE', 'VIRTUAL_PROFILE'))) &&
      (!wanted.ownerType || (owner !== null && OWNER_TYPES[owner.line.kind] === wanted.ownerType)) &&
      (!wanted.numberType || (wanted.numberType === 'NUMBER') === (number !== null)) &&
      (!wanted.phoneNumberType || (number !== null && wanted.phoneNumberType === 'PRIMARY')) &&
      (!wanted.state || number?.state === wanted.state) &&
      (wanted.tollFreeNumbers === undefined || wanted.tollFreeNumbers === (number?.numberType === 'TOLLFREE')) &&
      (wanted.serviceNumber === undefined || wanted.serviceNumber === (number?.numberUsageType === 'SERVICE')),
  );
  const items = ordered(call, found, {
    phoneNumber: ({ number, extension }) => number?.e164 ?? extension ?? '',
    lastName: ({ owner }) => owner?.lastName ?? '',
    dn: ({ number }) => number?.e164 ?? '',
    extension: ({ extension }) => extension ?? '',
  });
  return page(call, 'phoneNumbers', items, render, {
    most: PAGE,
    ...(wanted.details && { more: { count: countOf(all) } }),
  });
}

async function listAll(documents: Documents): Promise<Listed[]> {
  const locations = new Map<string, CallingLocation>();
  for (const { calling, ...location } of await readAll(documents, 'location'))
    if (calling) locations.set(location.id, { ...location, calling });
  const owners = new Map<string, Listed>();
  for (const kind of LINE_KINDS) {
    for (const line of await readAll(documents, kind)) {
      const location = locations.get(line.locationId ?? '');
      if (!location) continue;
      const names = 'firstName' in line ? line : { firstName: line.displayName, lastName: '' };
      const { firstName, lastName } = names;
      const { extension } = line;
      owners.set(line.id, {
        number: null,
        extension,
        location,
        owner: { line: { kind, id: line.id }, firstName, lastName },
      });
    }
  }
  const listed: Listed[] = [];
  for (const number of await readAll(documents, 'phone-number')) {
    const location = locations.get(number.locationId);
    const line = owners.get(number.owner?.id ?? '');
    owners.delete(number.owner?.id ?? '');
    if (location) listed.push({ number, location, extension: line?.extension ?? null, owner: line?.owner ?? null });
  }
  return [...listed, ...[...owners.values()].filter(({ extension }) => extension !== null)];
}

/** The first number of a location becomes its main number, so that there is one to show. */
export function addNumbers(call: Call<Static<typeof AddNumbers>>): Promise<Answer> {
  const id = pathId(call, 'locationId', 'LOCATION');
  const { body } = call;
  return change(call, async (view) => {
    const location = await requireCalling(call, view, id);
    const numbers = readNumbers(body.phoneNumbers, location);
    for (const e164 of numbers) if (!(await isAvailable(call.service, view, e164))) throw numberExists();
    const writes = numbers.map((e164) =>
      put('phone-number', e164, {
        e164,
        locationId: id,
        state: body.state ?? 'ACTIVE',
        numberType: body.numberType ?? (isTollFree(e164) ? 'TOLLFREE' : 'DID'),
        numberUsageType: body.numberUsageType ?? 'NONE',
        owner: null,
      }),
    );
    const [first = null] = numbers;
    const { calling } = location;
    if (calling.callingLineId.phoneNumber === null) {
      const callingLineId = { ...calling.callingLineId, phoneNumber: first };
      writes.push(put('location', id, { ...location, calling: { ...calling, callingLineId } }));
    }
    return { writes, result: {} };
  });
}

/** Takes numbers into service or out of it. */
export function manageNumbers(call: Call<Static<typeof ManageNumbers>>): Promise<Answer> {
  const { phoneNumbers, action = 'ACTIVATE' } = call.body;
  return change(call, async (view) => {
    const location = await requireCalling(call, view, pathId(call, 'locationId', 'LOCATION'));
    if (action === 'DEACTIVATE' && phoneNumbers.length > MOST_DEACTIVATED)
      throw invalid(`At most ${MOST_DEACTIVATED} numbers can be deactivated at once`);
    const state = action === 'ACTIVATE' ? 'ACTIVE' : 'INACTIVE';
    const numbers = await numbersOf(view, location, phoneNumbers);
    return {
      writes: numbers.map((number) => put('phone-number', number.e164, { ...number, state })),
      result: undefined,
    };
  });
}

/** The main number stays, and numbers that somebody has. */
export function removeNumbers(call: Call<Static<typeof PhoneNumberList>>): Promise<Answer> {
  return change(call, async (view) => {
    const location = await requireCalling(call, view, pathId(call, 'locationId', 'LOCATION'));
    const numbers = await numbersOf(view, location, call.body.phoneNumbers);
    const lists = await Promise.all(numbers.map(({ e164 }) => read(view, 'route-list-number', e164)));
    const all = (await readAll(view, 'phone-number')).filter(({ locationId }) => locationId === location.id);
    const main = numbers.some((number) => isMain(location, number));
    if (main && all.length > numbers.length) throw invalid('The main number of a location cannot be removed');
    if (numbers.some(({ owner }) => owner !== null) || lists.some(Boolean)) throw conflict('A number is in use', 8363);
    const writes = numbers.map(({ e164 }) => remove('phone-number', e164));
    if (main) {
      const callingLineId = { ...location.calling.callingLineId, phoneNumber: null };
      writes.push(put('location', location.id, { ...location, calling: { ...location.calling, callingLineId } }));
    }
    return { writes, result: undefined };
  });
}

export async function validateNumbers(call: Call<Static<typeof ValidateNumbers>>): Promise<Answer> {
  const seen = new Set<string>();
  const numbers: { number: string; state: string; tollFreeNumber: boolean; detail: string[] }[] = [];
  for (const text of call.body.phoneNumbers) {
    const e164 = readNumber(text, 'US');
    const state = await stateOf(call, e164, seen);
    if (e164 !== undefined) seen.add(e164);
    const detail = state === 'Available' ? [] : [DETAILS[state]];
    numbers.push({ number: e164 ?? text, state, tollFreeNumber: e164 !== undefined && isTollFree(e164), detail });
  }
  return { status: numbers.every(({ state }) => state === 'Available') ? 'OK' : 'ERRORS', numbers };
}

const DETAILS = {
  Invalid: 'The number is no E.164 number',
  'Duplicate In List': 'The number is in the list already',
  Duplicate: 'The number exists already',
  Unavailable: 'The number is with another provider',
};

async function stateOf(
  { service }: Call,
  e164: string | undefined,
  seen: ReadonlySet<string>,
): Promise<keyof typeof DETAILS | 'Available'> {
  if (e164 === undefined) return 'Invalid';
  if (seen.has(e164)) return 'Duplicate In List';
  if (await holdsNumber(service.ledger, e164)) return 'Duplicate';
  return (await isAvailable(service, service.ledger, e164)) ? 'Available' : 'Unavailable';
}

function readNumbers(texts: readonly string[], { address }: CallingLocation): string[] {
  const numbers = texts.map((text) => readNumber(text, address.country));
  if (numbers.includes(undefined)) throw invalid('phoneNumbers must be E.164 numbers');
  if (new Set(numbers).size < numbers.length) throw numberExists();
  return numbers.filter((number) => number !== undefined);
}

async function numbersOf(
  documents: Documents,
  location: CallingLocation,
  texts: readonly string[],
): Promise<PhoneNumber[]> {
  const found = await Promise.all(
    [...new Set(texts.map((text) => readNumber(text, location.address.country) ?? ''))].map((e164) =>
      read(documents, 'phone-number', e164),
    ),
  );
  return found.map((number) => {
    if (number?.locationId !== location.id) throw invalid('A number is no number of the location');
    return number;
  });
}

function numberExists(): Error {
  return conflict('The phone number exists already', 8363);
}

function isMain({ calling }: CallingLocation, number: PhoneNumber | null): boolean {
  return number !== null && calling.callingLineId.phoneNumber === number.e164;
}

function nameOf(owner: Listed['owner']): string {
  return owner === null ? '' : `${owner.firstName} ${owner.lastName}`.toLowerCase();
}

function countOf(all: readonly Listed[]): object {
  const numbers = all.flatMap(({ number, owner }) => (number ? [{ ...number, assigned: owner !== null }] : []));
  return {
    assigned: numbers.filter(({ assigned }) => assigned).length,
    unAssigned: numbers.filter(({ assigned }) => !assigned).length,
    inActive: numbers.filter(({ state }) => state === 'INACTIVE').length,
    extensionOnly: all.length - numbers.length,
    tollFreeNumbers: numbers.filter(({ numberType }) => numberType === 'TOLLFREE').length,
    mobileNumber: numbers.filter(({ numberType }) => numberType === 'MOBILE').length,
    serviceNumber: numbers.filter(({ numberUsageType }) => numberUsageType === 'SERVICE').length,
    total: all.length,
  };
}

function render({ number, extension, location, owner }: Listed): object {
  const { routingPrefix } = location.calling;
  return {
    ...(number && { phoneNumber: number.e164, state: number.state }),
    ...(extension !== null && { extension, esn: `${routingPrefix ?? ''}${extension}` }),
    ...(routingPrefix !== null && { routingPrefix }),
    ...(number && {
      phoneNumberType: 'PRIMARY',
      includedTelephonyTypes: number.numberType === 'MOBILE' ? 'MOBILE_NUMBER' : 'PSTN_NUMBER',
    }),
    mainNumber: isMain(location, number),
    tollFreeNumber: number?.numberType === 'TOLLFREE',
    isServiceNumber: number?.numberUsageType === 'SERVICE',
    location: { id: encodeId('LOCATION', location.id), name: location.name },
    ...(owner && {
      owner: {
        id: encodeOwner(owner.line),
        type: OWNER_TYPES[owner.line.kind],
        firstName: owner.firstName,
        lastName: owner.lastName,
      },
    }),
  };
}
