import type { Write } from '../../ledger/ledger.ts';
import type { View } from '../../ledger/mutate.ts';
import {
  childId,
  DIALECT,
  put,
  read,
  remove,
  sealLabel,
  type Kind,
  type LineKind,
  type LineMembers,
  type Owner,
} from './documents.ts';
import { conflict, invalid } from './errors.ts';
import type { Call } from './operation.ts';
import { locationNamed } from './owners.ts';
import { isExtension, readNumber } from './phone-numbers.ts';

/** Where a line is, and how it is reached. */
export type Place = Pick<LineMembers, 'locationId' | 'extension' | 'phoneNumber'>;

export const NO_PLACE: Place = { locationId: null, extension: null, phoneNumber: null };

/** What a client says of a line's place; `locationId` is the vendor's id. Empty texts are none. */
export interface PlaceWish {
  readonly locationId: string | null;
  readonly extension: string | null;
  readonly phoneNumber: string | null;
}

/**
 * Checks where a line is to be: the location has calling, the number is one of its own and free, the extension is free
 * there. Throws 400 or 409 in the vendor's numbers.
 */
export async function readPlace(call: Call, view: View, owner: Owner<LineKind>, wish: PlaceWish): Promise<Place> {
  if (wish.locationId === null) {
    if (wish.extension || wish.phoneNumber) throw invalid('An extension or a phone number needs a locationId');
    return NO_PLACE;
  }
  const location = await locationNamed(call, view, wish.locationId);
  const extension = wish.extension || null;
  if (extension !== null) await refuseTakenExtension(view, owner, location.id, extension);
  if (!wish.phoneNumber) {
    if (extension === null) throw invalid('A phone number or an extension is required for calling', 25_008);
    return { locationId: location.id, extension, phoneNumber: null };
  }
  const phoneNumber = readNumber(wish.phoneNumber, location.address.country);
  const number = phoneNumber === undefined ? undefined : await read(view, 'phone-number', phoneNumber);
  if (phoneNumber === undefined || number?.locationId !== location.id)
    throw invalid('The phone number is no number of the location', 8363);
  if (number.owner && number.owner.id !== owner.id) throw conflict('The phone number is in use', 8363);
  return { locationId: location.id, extension, phoneNumber };
}

async function refuseTakenExtension(
  view: View,
  owner: Owner<LineKind>,
  location: string,
  extension: string,
): Promise<void> {
  if (!isExtension(extension)) throw invalid('An extension has 2 to 10 digits');
  const holder = await read(view, 'extension-holder', childId(location, extension));
  if (holder && holder.id !== owner.id) throw conflict('The extension is in use at the location', 8364);
}

/** What moves with a line from one place to another: its extension, its number, its login. */
export async function placeWrites(
  view: View,
  owner: Owner<LineKind>,
  before: Place,
  after: Place,
  call: Call,
): Promise<Write[]> {
  const writes: Write[] = [];
  const holder = ({ locationId, extension }: Place): string | null =>
    locationId && extension && childId(locationId, extension);
  const [had, has] = [holder(before), holder(after)];
  if (had && had !== has) writes.push(remove('extension-holder', had));
  if (has) writes.push(put('extension-holder', has, owner));
  if (before.phoneNumber !== after.phoneNumber) {
    writes.push(
      ...(await numberOf(view, before.phoneNumber, null)),
      ...(await numberOf(view, after.phoneNumber, owner)),
    );
  }
  if (before.locationId !== after.locationId) writes.push(...(await moveLogin(call, view, owner, after.locationId)));
  return writes;
}

async function numberOf(view: View, e164: string | null, owner: Owner<LineKind> | null): Promise<Write[]> {
  const number = e164 === null ? undefined : await read(view, 'phone-number', e164);
  return number ? [put('phone-number', number.e164, { ...number, owner })] : [];
}

/** The name a line logs in with stays; its secrets are sealed anew for where they now lie. */
async function moveLogin(call: Call, view: View, owner: Owner<LineKind>, to: string | null): Promise<Write[]> {
  const access = await read(view, 'line-access', owner.id);
  if (!access) return [];
  const { locationId: from, username } = access;
  const writes = [remove('credential', childId(from, username))];
  const credential = await read(view, 'credential', childId(from, username));
  if (to === null || !credential) return [...writes, remove('line-access', owner.id)];
  if (await read(view, 'credential', childId(to, username)))
    throw conflict('The line logs in with a name that is taken at the other location');
  const { sealer } = call.service;
  const sealed = sealer.seal(sealer.open(credential.sealed, sealLabel(from, username)), sealLabel(to, username));
  return [
    ...writes,
    put('credential', childId(to, username), { ...credential, locationId: to, sealed }),
    put('line-access', owner.id, { ...access, locationId: to }),
  ];
}

/** All that lives and dies with a line, or with a location: its permissions, patterns and codes. */
export async function permissionRemovals(view: View, ownerId: string): Promise<Write[]> {
  const writes = [remove('outgoing-permission', ownerId)];
  for (const kind of ['digit-pattern', 'access-code', 'access-code-use'] as const satisfies Kind[]) {
    const documents = await view.list({ dialect: DIALECT, kind, prefix: childId(ownerId, '') });
    writes.push(...documents.map(({ id }) => remove(kind, id)));
  }
  return writes;
}

/** What goes when a line is deleted. */
export async function lineRemovals(call: Call, view: View, owner: Owner<LineKind>, place: Place): Promise<Write[]> {
  return [
    ...(await placeWrites(view, owner, place, NO_PLACE, call)),
    ...(await permissionRemovals(view, owner.id)),
    remove(owner.kind, owner.id),
  ];
}
