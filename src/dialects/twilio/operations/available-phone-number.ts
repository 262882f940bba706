import { isAvailable } from '../../number-holders.ts';
import { AREA_CODES, areaCodes, offeredNumbers, TOLL_FREE_PREFIXES } from '../../offered-numbers.ts';
import { refusal } from '../errors.ts';
import { readForm, type Form } from '../form.ts';
import { missing, pathId, type Answer, type Call } from '../operation.ts';
import { pageAnswer, readPageQuery } from '../pages.ts';
import { CAPABILITIES, friendlyNumber, matches } from '../phone-numbers.ts';
import { SearchAvailablePhoneNumbers } from '../schemas.ts';
import { resourceUri } from '../uris.ts';

type Search = Form<typeof SearchAvailablePhoneNumbers>;

/** The vendor's types of number, as they stand in a path; of the others than the first two there are none here. */
type Type = 'Local' | 'TollFree' | 'Mobile' | 'National' | 'SharedCost' | 'Voip' | 'MachineToMachine';

/** Numbers are on offer in one country; numbers of others can be had all the same, when their E.164 is given. */
export async function listAvailablePhoneNumberCountries(call: Call): Promise<Answer> {
  const asked = readPageQuery(call);
  return pageAnswer(call, 'countries', asked, asked.page === 0 ? [renderCountry(call)] : [], undefined);
}

export async function fetchAvailablePhoneNumberCountry(call: Call): Promise<Answer> {
  requireCountry(call);
  return renderCountry(call);
}

/** Numbers of one type that nobody has, in order. */
export function listAvailablePhoneNumbers(type: Type): (call: Call) => Promise<Answer> {
  return (call) => searchNumbers(call, type);
}

async function searchNumbers(call: Call, type: Type): Promise<Answer> {
  requireCountry(call);
  const asked = readPageQuery(call);
  const search = readForm(SearchAvailablePhoneNumbers, call.query, 20001);
  const skip = asked.after === undefined ? asked.page * asked.size : 0;
  const found: string[] = [];
  for (const number of offeredNumbers(codesOf(type, search))) {
    if (found.length > skip + asked.size) break;
    if (asked.after !== undefined && number <= asked.after) continue;
    if (search.Contains && !matches(number, search.Contains)) continue;
    if (await isAvailable(call.service, call.service.ledger, number)) found.push(number);
  }
  const page = found.slice(skip, skip + asked.size);
  const last = found.length > skip + asked.size ? page.at(-1) : undefined;
  return pageAnswer(call, 'available_phone_numbers', asked, page.map(render), last);
}

function requireCountry(call: Call): void {
  if (pathId(call, 'CountryCode') !== 'US') throw missing(call);
}

/** The area codes that fit all filters, in order. Within a state, places are not told apart. */
function codesOf(type: Type, search: Search): string[] {
  if (search.SmsEnabled || search.MmsEnabled || search.FaxEnabled || search.VoiceEnabled === false) return [];
  const { InLocality, InPostalCode, InRateCenter, InLata, NearNumber, NearLatLong } = search;
  if (InPostalCode || InRateCenter || InLata || NearNumber || NearLatLong)
    throw refusal(20001, 'Numbers can be searched by AreaCode, Contains and InRegion only');
  if (InLocality || (type !== 'Local' && search.InRegion)) return [];
  const area = search.AreaCode?.toString();
  return codesOfType(type, search.InRegion ?? undefined).filter((code) => area === undefined || code === area);
}

function codesOfType(type: Type, region: string | undefined): readonly string[] {
  if (type === 'TollFree') return TOLL_FREE_PREFIXES;
  if (type !== 'Local') return [];
  return areaCodes(region === undefined ? undefined : [region.toUpperCase()]);
}

function render(number: string): object {
  const areaCode = number.slice(2, 5);
  const region = Object.entries(AREA_CODES).find(([, codes]) => codes.includes(areaCode))?.[0] ?? null;
  return {
    friendly_name: friendlyNumber(number),
    phone_number: number,
    lata: null,
    locality: null,
    rate_center: null,
    latitude: null,
    longitude: null,
    region,
    postal_code: null,
    iso_country: 'US',
    address_requirements: 'none',
    beta: false,
    capabilities: CAPABILITIES,
  };
}

function renderCountry(call: Call): object {
  const path = 'AvailablePhoneNumbers/US';
  return {
    country_code: 'US',
    country: 'United States',
    beta: false,
    subresource_uris: { local: resourceUri(call, `${path}/Local`), toll_free: resourceUri(call, `${path}/TollFree`) },
    uri: resourceUri(call, path),
  };
}
