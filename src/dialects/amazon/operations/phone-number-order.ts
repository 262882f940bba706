import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Static } from 'typebox';
import { uuid } from '../../../kit/ids.ts';
import { isAvailable } from '../../number-holders.ts';
import { isTollFree } from '../../offered-numbers.ts';
import { put, read } from '../documents.ts';
import { badRequest, notFound } from '../errors.ts';
import { change, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pagination.ts';
import { phoneNumberId, readE164 } from '../phone-numbers.ts';
import type { CreatePhoneNumberOrder, PhoneNumber, PhoneNumberOrder } from '../schemas.ts';

type Order = Static<typeof CreatePhoneNumberOrder>;

/** Voice only: messages are not carried. */
const CAPABILITIES = {
  InboundCall: true,
  OutboundCall: true,
  InboundSMS: false,
  OutboundSMS: false,
  InboundMMS: false,
  OutboundMMS: false,
};

/**
 * Numbers that nobody has are acquired at once, the others fail. The answer says Processing, as the vendor's does;
 * the order that clients then poll for is complete.
 */
export function createPhoneNumberOrder(call: Call<Order>): Promise<Answer> {
  const wanted = [...new Set(call.body.E164PhoneNumbers.flatMap((text) => readE164(text) ?? []))];
  refuseForeign(wanted, call.body.ProductType);
  const id = uuid();
  const now = timestamp(call);
  return change(call, async (view) => {
    const acquired: string[] = [];
    for (const e164 of wanted) if (await isAvailable(call.service, view, e164)) acquired.push(e164);
    const order: PhoneNumberOrder = {
      PhoneNumberOrderId: id,
      ProductType: call.body.ProductType,
      Status: statusOf(acquired.length, wanted.length),
      OrderType: 'New',
      OrderedPhoneNumbers: wanted.map((e164) => ({
        E164PhoneNumber: e164,
        Status: acquired.includes(e164) ? 'Acquired' : 'Failed',
      })),
      CreatedTimestamp: now,
      UpdatedTimestamp: now,
    };
    const numbers = acquired.map((e164) => put('phone-number', e164, newNumber(e164, id, call.body, now)));
    return {
      writes: [put('phone-number-order', id, order), ...numbers],
      result: { PhoneNumberOrder: asCreated(order) },
    };
  });
}

export async function listPhoneNumberOrders(call: Call): Promise<Answer> {
  const { bodies, NextToken } = await listPage(call, 'phone-number-order');
  return { PhoneNumberOrders: bodies, NextToken };
}

export async function getPhoneNumberOrder(call: Call): Promise<Answer> {
  const id = pathId(call, 'phoneNumberOrderId');
  const order = await read(call.service.ledger, 'phone-number-order', id);
  if (!order) throw notFound('phone number order', id);
  return { PhoneNumberOrder: order };
}

/** Numbers of other countries are for SIP media applications only, as with the vendor. */
function refuseForeign(numbers: readonly string[], productType: Order['ProductType']): void {
  if (productType !== 'VoiceConnector') return;
  const foreign = numbers.find((e164) => countryOf(e164) !== 'US');
  if (foreign !== undefined)
    throw badRequest(`Phone number ${foreign} is outside the US and needs ProductType SipMediaApplicationDialIn`);
}

function statusOf(acquired: number, wanted: number): PhoneNumberOrder['Status'] {
  if (acquired === wanted) return 'Successful';
  return acquired === 0 ? 'Failed' : 'Partial';
}

function asCreated(order: PhoneNumberOrder): PhoneNumberOrder {
  const OrderedPhoneNumbers = order.OrderedPhoneNumbers.map((one) => ({ ...one, Status: 'Processing' as const }));
  return { ...order, Status: 'Processing', OrderedPhoneNumbers };
}

function newNumber(e164: string, OrderId: string, { ProductType, Name }: Order, now: string): PhoneNumber {
  return {
    PhoneNumberId: phoneNumberId(e164),
    E164PhoneNumber: e164,
    Country: countryOf(e164),
    Type: isTollFree(e164) ? 'TollFree' : 'Local',
    ProductType,
    Status: 'Unassigned',
    Capabilities: CAPABILITIES,
    Associations: [],
    CallingNameStatus: 'Unassigned',
    CreatedTimestamp: now,
    UpdatedTimestamp: now,
    OrderId,
    Name,
  };
}

/** North American toll-free numbers belong to no one country; here they count as the vendor's home. */
function countryOf(e164: string): string | undefined {
  const country = parsePhoneNumberFromString(e164)?.country;
  return country ?? (e164.startsWith('+1') ? 'US' : undefined);
}
