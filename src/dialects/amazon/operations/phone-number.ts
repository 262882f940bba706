import type { Static } from 'typebox';
import { badRequest } from '../errors.ts';
import { pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pagination.ts';
import { changeNumber, changeNumbers, isInInventory, refuseDeleted, requireNumber } from '../phone-numbers.ts';
import {
  ListPhoneNumbersQuery,
  type BatchDeletePhoneNumber,
  type BatchUpdatePhoneNumber,
  type PhoneNumber,
  type PhoneNumberChanges,
} from '../schemas.ts';
import { checkQuery } from '../validate.ts';

export async function listPhoneNumbers(call: Call): Promise<Answer> {
  const filter = checkQuery(ListPhoneNumbersQuery, call.query);
  const now = call.service.clock.now();
  const { bodies, NextToken } = await listPage(
    call,
    'phone-number',
    (number) => isInInventory(number, now) && fits(number, filter),
  );
  return { PhoneNumbers: bodies, NextToken };
}

function fits(number: PhoneNumber, filter: Static<typeof ListPhoneNumbersQuery>): boolean {
  const { status, 'product-type': product, 'filter-name': name, 'filter-value': value } = filter;
  if (status !== undefined && number.Status !== status) return false;
  if (product !== undefined && number.ProductType !== product) return false;
  if (name === undefined) return true;
  return number.Associations.some((one) => one.Name === name && (value === undefined || one.Value === value));
}

export async function getPhoneNumber(call: Call): Promise<Answer> {
  const id = pathId(call, 'phoneNumberId');
  return { PhoneNumber: await requireNumber(call.service.ledger, id, call.service.clock.now()) };
}

export async function updatePhoneNumber(call: Call<PhoneNumberChanges>): Promise<Answer> {
  const now = timestamp(call);
  const id = pathId(call, 'phoneNumberId');
  return { PhoneNumber: await changeNumber(call, id, (number) => updated(number, call.body, now)) };
}

export async function batchUpdatePhoneNumber(call: Call<Static<typeof BatchUpdatePhoneNumber>>): Promise<Answer> {
  const now = timestamp(call);
  const items = call.body.UpdatePhoneNumberRequestItems.map(({ PhoneNumberId, ...changes }) => ({
    PhoneNumberId,
    changes,
  }));
  const ids = items.map(({ PhoneNumberId }) => PhoneNumberId);
  const alter = (number: PhoneNumber, index: number): PhoneNumber => updated(number, items[index]?.changes ?? {}, now);
  return { PhoneNumberErrors: await changeNumbers(call, ids, alter) };
}

/** One attribute a call, as the vendor has it. */
function updated(number: PhoneNumber, changes: PhoneNumberChanges, now: string): PhoneNumber {
  refuseDeleted(number);
  if (Object.keys(changes).length !== 1)
    throw badRequest('Exactly one of ProductType, CallingName and Name must be given');
  if (changes.ProductType !== undefined && changes.ProductType !== number.ProductType) refuseAssociated(number);
  const CallingNameStatus = changes.CallingName === undefined ? number.CallingNameStatus : 'UpdateSucceeded';
  return { ...number, ...changes, CallingNameStatus, UpdatedTimestamp: now };
}

export async function deletePhoneNumber(call: Call): Promise<Answer> {
  const now = timestamp(call);
  await changeNumber(call, pathId(call, 'phoneNumberId'), (number) => deleted(number, now));
  return undefined;
}

export async function batchDeletePhoneNumber(call: Call<Static<typeof BatchDeletePhoneNumber>>): Promise<Answer> {
  const now = timestamp(call);
  return { PhoneNumberErrors: await changeNumbers(call, call.body.PhoneNumberIds, (number) => deleted(number, now)) };
}

/** Moves the number to the deletion queue; one that is there already keeps its place. */
function deleted(number: PhoneNumber, now: string): PhoneNumber {
  refuseAssociated(number);
  if (number.DeletionTimestamp !== undefined) return number;
  return { ...number, Status: 'ReleaseInProgress', DeletionTimestamp: now, UpdatedTimestamp: now };
}

export async function restorePhoneNumber(call: Call): Promise<Answer> {
  const now = timestamp(call);
  const number = await changeNumber(call, pathId(call, 'phoneNumberId'), ({ DeletionTimestamp, ...rest }) => {
    if (DeletionTimestamp === undefined) throw badRequest('The phone number is not in the deletion queue');
    return { ...rest, Status: 'Unassigned', UpdatedTimestamp: now };
  });
  return { PhoneNumber: number };
}

function refuseAssociated(number: PhoneNumber): void {
  if (number.Associations.length > 0)
    throw badRequest(
      `Phone number ${number.E164PhoneNumber} must be disassociated first`,
      'PhoneNumberAssociationsExist',
    );
}
