import type { Static } from 'typebox';
import { uuid } from '../../../kit/ids.ts';
import { AREA_CODES } from '../../offered-numbers.ts';
import type { Answer, Call } from '../operation.ts';
import type { ValidateE911Address } from '../schemas.ts';

const VALID = 0;
const FAILED = 2;

/**
 * Checks the form of a US address: country, state and ZIP code. There is no register of streets behind it, so no
 * address is ever corrected and no candidates are offered.
 */
export async function validateE911Address({ body }: Call<Static<typeof ValidateE911Address>>): Promise<Answer> {
  const zip = /^(?<code>\d{5})(?:-(?<plus4>\d{4}))?$/.exec(body.PostalCode)?.groups;
  const state = body.State.toUpperCase();
  const domestic = ['US', 'USA'].includes(body.Country.toUpperCase());
  if (!zip || !domestic || !Object.hasOwn(AREA_CODES, state))
    return { ValidationResult: FAILED, CandidateAddressList: [] };
  const Address = {
    streetNumber: body.StreetNumber,
    streetName: body.StreetInfo,
    city: body.City,
    state,
    postalCode: zip['code'],
    postalCodePlus4: zip['plus4'],
    country: 'US',
  };
  return { ValidationResult: VALID, AddressExternalId: uuid(), Address, CandidateAddressList: [] };
}
