import type { Static } from 'typebox';
import { isAvailable } from '../../number-holders.ts';
import { areaCodes, offeredNumbers, TOLL_FREE_PREFIXES } from '../../offered-numbers.ts';
import { badRequest } from '../errors.ts';
import type { Answer, Call } from '../operation.ts';
import { readPage, tokenAfter } from '../pagination.ts';
import { readE164 } from '../phone-numbers.ts';
import { CountriesQuery, SearchQuery } from '../schemas.ts';
import { checkQuery } from '../validate.ts';

/** Most numbers of one search. */
const MOST_FOUND = 500;

/** Numbers that can be ordered. */
export async function searchAvailablePhoneNumbers(call: Call): Promise<Answer> {
  const { limit, after } = readPage(call, MOST_FOUND);
  const codes = codesOf(checkQuery(SearchQuery, call.query));
  if (after !== undefined && readE164(after) === undefined) throw badRequest('next-token is not valid');
  const found: string[] = [];
  for (const number of offeredNumbers(codes)) {
    if (found.length > limit) break;
    if ((after === undefined || number > after) && (await isAvailable(call.service, call.service.ledger, number)))
      found.push(number);
  }
  const page = found.slice(0, limit);
  const NextToken = found.length > limit ? tokenAfter(call, page.at(-1) ?? '') : undefined;
  return { E164PhoneNumbers: page, NextToken };
}

/** What is on offer by country; numbers of other countries can be ordered, but are not searched for. */
export async function listSupportedPhoneNumberCountries(call: Call): Promise<Answer> {
  checkQuery(CountriesQuery, call.query);
  return { PhoneNumberCountries: [{ CountryCode: 'US', SupportedPhoneNumberTypes: ['Local', 'TollFree'] }] };
}

/** The area codes that fit all filters, in order. Cities are not told apart from their state. */
function codesOf(filter: Static<typeof SearchQuery>): string[] {
  const { 'area-code': areaCode, 'toll-free-prefix': prefix, 'phone-number-type': type, state, country } = filter;
  if (country !== undefined && country !== 'US') return [];
  const wantsTollFree = type === 'TollFree' || (type === undefined && prefix !== undefined);
  if (wantsTollFree)
    return areaCode || state ? [] : TOLL_FREE_PREFIXES.filter((code) => prefix === undefined || code === prefix);
  if (prefix !== undefined) return [];
  const codes = areaCodes(state ? [state.toUpperCase()] : undefined);
  return codes.filter((code) => !areaCode || code === areaCode);
}
