import type { Static } from 'typebox';
import type { View } from '../../../ledger/mutate.ts';
import { uuid } from '../../../kit/ids.ts';
import { authorizeLocation, sees } from '../authentication.ts';
import { put, read, readAll, remove, type Documents, type Person } from '../documents.ts';
import { conflict, notFound } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import { lineRemovals, NO_PLACE, placeWrites, readPlace, type Place, type PlaceWish } from '../lines.ts';
import { change, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { page } from '../pages.ts';
import type { PersonBody } from '../schemas.ts';

const PAGE = 1000;

type Body = Static<typeof PersonBody>;

export async function listPeople(call: Call): Promise<Answer> {
  const { query } = call;
  const email = query.get('email')?.toLowerCase();
  const displayName = query.get('displayName')?.toLowerCase();
  const ids = query
    .get('id')
    ?.split(',')
    .map((id) => decodeId(id, 'PEOPLE'));
  const location = query.get('locationId');
  const roles = query.get('roles')?.split(',');
  const found = (await readAll(call.service.ledger, 'person')).filter(
    (person) =>
      sees(call.caller, person.locationId) &&
      (!email || person.emails.some((own) => own.toLowerCase() === email)) &&
      (!displayName || person.displayName.toLowerCase().startsWith(displayName)) &&
      (!ids || ids.includes(person.id)) &&
      (!location || person.locationId === decodeId(location, 'LOCATION')) &&
      (!roles || person.roles.some((role) => roles.includes(role))),
  );
  const items = found.toSorted((a, b) => a.displayName.localeCompare(b.displayName, 'en'));
  return page(call, 'items', items, (person) => render(call, person), { most: PAGE });
}

/** The vendor answers 200 here, where it answers 201 elsewhere. */
export function createPerson(call: Call<Body>): Promise<Answer> {
  const { body } = call;
  const id = uuid();
  const now = timestamp(call);
  return change(call, async (view) => {
    if (body.locationId === undefined) authorizeLocation(call.caller, null);
    const owner = { kind: 'person', id } as const;
    const place = await readPlace(call, view, owner, wishOf(body, NO_PLACE));
    const person = { id, ...members(body), ...place, ...numbersOf(body, place), created: now, lastModified: now };
    const emails = await emailWrites(view, id, [], person.emails);
    const writes = [put('person', id, person), ...emails, ...(await placeWrites(view, owner, NO_PLACE, place, call))];
    return { writes, result: render(call, person, true) };
  });
}

export async function getPerson(call: Call): Promise<Answer> {
  return render(call, await requirePerson(call, call.service.ledger));
}

/** Whoever holds the token. */
export async function getMe(call: Call): Promise<Answer> {
  const { caller, service } = call;
  const own = caller.name.startsWith('token ') ? caller.name.slice('token '.length) : service.organizationId;
  return {
    id: encodeId('PEOPLE', own),
    emails: [],
    phoneNumbers: [],
    displayName: caller.name,
    orgId: encodeId('ORGANIZATION', service.organizationId),
    roles: [encodeId('ROLE', caller.role)],
    type: 'person',
  };
}

/** Replaces the person; a location, an extension or a number that is not sent stays, for reads leave them out too. */
export function updatePerson(call: Call<Body>): Promise<Answer> {
  const { body } = call;
  return change(call, async (view) => {
    const known = await requirePerson(call, view);
    const { id } = known;
    const owner = { kind: 'person', id } as const;
    const place = await readPlace(call, view, owner, wishOf(body, known));
    const person = {
      id,
      ...members(body),
      ...place,
      ...(body.phoneNumbers === undefined ? { otherNumbers: known.otherNumbers } : numbersOf(body, place)),
      created: known.created,
      lastModified: timestamp(call),
    };
    const emails = await emailWrites(view, id, known.emails, person.emails);
    const writes = [put('person', id, person), ...emails, ...(await placeWrites(view, owner, known, place, call))];
    return { writes, result: render(call, person, true) };
  });
}

export function deletePerson(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const person = await requirePerson(call, view);
    const owner = { kind: 'person', id: person.id } as const;
    const emails = await emailWrites(view, person.id, person.emails, []);
    return { writes: [...emails, ...(await lineRemovals(call, view, owner, person))], result: undefined };
  });
}

async function requirePerson(call: Call, documents: Documents): Promise<Person> {
  const person = await read(documents, 'person', pathId(call, 'personId', 'PEOPLE'));
  if (!person) throw notFound();
  authorizeLocation(call.caller, person.locationId);
  return person;
}

/** The first work number is the one for calls; a person without a location makes none. */
function wishOf({ locationId, extension, phoneNumbers }: Body, known: Place): PlaceWish {
  const location = locationId ?? known.locationId;
  if (location === null) return NO_PLACE;
  const work = phoneNumbers?.find(({ type }) => type === 'work')?.value ?? null;
  return {
    locationId: location,
    extension: extension ?? known.extension,
    phoneNumber: phoneNumbers === undefined ? known.phoneNumber : work,
  };
}

function numbersOf({ phoneNumbers = [] }: Body, { phoneNumber }: Place): Pick<Person, 'otherNumbers'> {
  const work = phoneNumber === null ? undefined : phoneNumbers.find(({ type }) => type === 'work');
  return { otherNumbers: phoneNumbers.filter((number) => number !== work) };
}

function members(body: Body): Omit<Person, 'id' | 'created' | 'lastModified' | 'otherNumbers' | keyof Place> {
  const { firstName = '', lastName = '' } = body;
  const displayName = body.displayName ?? (`${firstName} ${lastName}`.trim() || body.emails[0] || '');
  return {
    emails: body.emails,
    displayName,
    firstName,
    lastName,
    nickName: body.nickName ?? null,
    avatar: body.avatar ?? null,
    department: body.department ?? null,
    manager: body.manager ?? null,
    managerId: body.managerId ?? null,
    title: body.title ?? null,
    addresses: body.addresses ?? [],
    roles: body.roles ?? [],
    licenses: body.licenses ?? [],
    siteUrls: body.siteUrls ?? [],
    timezone: body.timezone ?? null,
    loginEnabled: body.loginEnabled ?? true,
  };
}

/** An address of the mail is one person's. */
async function emailWrites(view: View, personId: string, before: readonly string[], after: readonly string[]) {
  const lower = (emails: readonly string[]): string[] => [...new Set(emails.map((email) => email.toLowerCase()))];
  for (const email of lower(after)) {
    const holder = await read(view, 'email-holder', email);
    if (holder && holder.personId !== personId) throw conflict('A person with this email address exists already');
  }
  return [
    ...lower(before).map((email) => remove('email-holder', email)),
    ...lower(after).map((email) => put('email-holder', email, { personId })),
  ];
}

function render(call: Call, person: Person, calling = call.query.get('callingData') === 'true'): object {
  const { id, locationId, extension, phoneNumber, otherNumbers, managerId, ...rest } = person;
  const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  const work = phoneNumber === null ? [] : [{ type: 'work', value: phoneNumber, primary: true }];
  return {
    id: encodeId('PEOPLE', id),
    ...present,
    ...(managerId !== null && { managerId }),
    phoneNumbers: [...work, ...otherNumbers],
    ...(calling && extension !== null && { extension }),
    ...(calling && locationId !== null && { locationId: encodeId('LOCATION', locationId) }),
    orgId: encodeId('ORGANIZATION', call.service.organizationId),
    sipAddresses: [],
    invitePending: false,
    status: 'unknown',
    type: 'person',
  };
}
