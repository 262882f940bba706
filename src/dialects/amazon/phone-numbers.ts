import type { Write } from '../../ledger/ledger.ts';
import { put, read, readAll, type Documents } from './documents.ts';
import { badRequest, conflict, notFound, VendorError } from './errors.ts';
import { change, type Call } from './operation.ts';
import type { PhoneNumber, PhoneNumberError } from './schemas.ts';

/** How long a deleted number waits in the deletion queue and can be restored: seven days. */
const DELETION_QUEUE = 7 * 24 * 60 * 60 * 1000;

/** E.164 with the plus sign, from `+1206…`, `1206…` or the percent-encoded ids that clients send back; undefined when it is none. */
export function readE164(text: string): string | undefined {
  const digits = text.replace(/^(?:%252B|%2B|\+)/i, '');
  return /^[1-9]\d{1,14}$/.test(digits) ? `+${digits}` : undefined;
}

/** The PhoneNumberId of a number: its E.164 text, percent-encoded. */
export function phoneNumberId(e164: string): string {
  return encodeURIComponent(e164);
}

/** Whether the number is the account's still: neither deleted nor beyond the deletion queue. */
export function isInInventory(number: PhoneNumber, now: number): boolean {
  return number.DeletionTimestamp === undefined || now < Date.parse(number.DeletionTimestamp) + DELETION_QUEUE;
}

/** The number of this id, deletion queue included; throws NotFound. */
export async function requireNumber(documents: Documents, id: string, now: number): Promise<PhoneNumber> {
  const e164 = readE164(id);
  const number = e164 === undefined ? undefined : await read(documents, 'phone-number', e164);
  if (!number || !isInInventory(number, now)) throw notFound('phone number', id);
  return number;
}

/** Whether the number is the account's, deletion queue included: what waits there can be restored. */
export async function holdsNumber(documents: Documents, e164: string, now: number): Promise<boolean> {
  const number = await read(documents, 'phone-number', e164);
  return number !== undefined && isInInventory(number, now);
}

/** A change of one number; throws a VendorError when it is refused. */
type Alter = (number: PhoneNumber, index: number) => PhoneNumber;

/** Changes one number; the change's refusal is the request's. */
export function changeNumber(
  call: Call,
  id: string,
  alter: (number: PhoneNumber) => PhoneNumber,
): Promise<PhoneNumber> {
  return change(call, async (view) => {
    const number = alter(await requireNumber(view, id, call.service.clock.now()));
    return { writes: [put('phone-number', number.E164PhoneNumber, number)], result: number };
  });
}

/**
 * Changes several numbers at once, those that can be; the refusals of the others are the answer.
 * `prepare` reads what the whole request depends on and may refuse it.
 */
export function changeNumbers(
  call: Call,
  ids: readonly string[],
  alter: Alter,
  prepare: (documents: Documents) => Promise<unknown> = async () => undefined,
): Promise<PhoneNumberError[]> {
  return change(call, async (view) => {
    await prepare(view);
    const changed = new Map<string, PhoneNumber>();
    const result: PhoneNumberError[] = [];
    for (const [index, id] of ids.entries()) {
      try {
        const known = changed.get(readE164(id) ?? '');
        const number = alter(known ?? (await requireNumber(view, id, call.service.clock.now())), index);
        changed.set(number.E164PhoneNumber, number);
      } catch (error) {
        if (!(error instanceof VendorError)) throw error;
        result.push(numberError(id, error));
      }
    }
    const writes: Write[] = [...changed].map(([e164, number]) => put('phone-number', e164, number));
    return { writes, result };
  });
}

function numberError(id: string, error: VendorError): PhoneNumberError {
  const e164 = readE164(id);
  return {
    PhoneNumberId: e164 === undefined ? id : phoneNumberId(e164),
    ErrorCode: error.code ?? 'ServiceFailure',
    ErrorMessage: error.message,
  };
}

/** Throws BadRequest for a number in the deletion queue. */
export function refuseDeleted(number: PhoneNumber): void {
  if (number.DeletionTimestamp !== undefined)
    throw badRequest(`Phone number ${number.E164PhoneNumber} is in the deletion queue`);
}

/** Throws Conflict while numbers are associated with this connector or group. */
export async function refuseWhileAssociated(documents: Documents, holderId: string): Promise<void> {
  const numbers = await readAll(documents, 'phone-number');
  if (numbers.some(({ Associations }) => Associations.some(({ Value }) => Value === holderId)))
    throw conflict('Phone numbers must be disassociated first', 'PhoneNumberAssociationsExist');
}
