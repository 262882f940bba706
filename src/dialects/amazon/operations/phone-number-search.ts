import type { Static } from 'typebox';
import { AREA_CODES, TOLL_FREE_PREFIXES } from '../area-codes.ts';
import { badRequest } from '../errors.ts';
import type { Answer, Call } from '../operation.ts';
import { readPage, tokenAfter } from '../pagination.ts';
import { isAvailable, readE164 } from '../phone-numbers.ts';
import { CountriesQuery, SearchQuery } from '../schemas.ts';
import { checkQuery } from '../validate.ts';

/** Most numbers of one search. */
const MOST_FOUND = 500;

/**
 * Numbers that can be ordered. No carrier stands behind them: they are those set aside for fiction, 555-0100 to
 * 555-0199 of each area code, so that nobody's real number is ever handed out.
 */
export async function searchAvailablePhoneNumbers(call: Call): Promise<Answer> {
  const { limit, after } = readPage(call, MOST_FOUND);
  const codes = codesOf(checkQuery(SearchQuery, call.query));
  if (after !== undefined && readE164(after) === undefined) throw badRequest('next-token is not valid');
  const found: string[] = [];
  for (const number of candidates(codes)) {
    if (found.length > limit) break;
    if (
      (after === undefined || number > after) &&
      (await isAvailable(call.service.ledger, number, call.service.clock.now()))
    )
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
  const states = state ? [state.toUpperCase()] : Object.keys(AREA_CODES);
  const codes = states.flatMap((name) => (Object.hasOwn(AREA_CODES, name) ? (AREA_CODES[name]?.split(' ') ?? []) : []));
  return codes.filter((code) => !areaCode || code === areaCode).sort();
}

function* candidates(codes: readonly string[]): Generator<string> {
  for (const code of codes) for (let line = 100; line < 200; line += 1) yield `+1${code}5550${line}`;
}
