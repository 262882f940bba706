import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { countries, type Country } from '../countries.ts';
import { defaultPermissions } from '../dialing-permissions.ts';
import { put, read, readAll, type DialingPermissionsCountry, type Documents } from '../documents.ts';
import { refusal } from '../errors.ts';
import { readForm, updated, type Form } from '../form.ts';
import { highRiskPrefixes } from '../high-risk-prefixes.ts';
import { change, missing, pathId, type Answer, type Call } from '../operation.ts';
import { pageAnswer, readPageQuery } from '../pages.ts';
import { ListCountries, type BulkCountryUpdates, type SettingsForm } from '../schemas-v1.ts';
import { resourceUrl } from '../uris.ts';

/** What the countries' flags are until somebody says otherwise. */
const INHERITS = true;

/** One update of a bulk; the vendor's examples write flags as text. */
const Flag = Type.Optional(Type.Union([Type.Boolean(), Type.Enum(['true', 'false'])]));
const CountryUpdate = Type.Object({
  iso_code: Type.String(),
  low_risk_numbers_enabled: Flag,
  high_risk_special_numbers_enabled: Flag,
  high_risk_tollfraud_numbers_enabled: Flag,
});
const CountryUpdates = Type.Array(CountryUpdate, { maxItems: 1000 });

export async function listCountries(call: Call): Promise<Answer> {
  const wanted = readForm(ListCountries, call.query, 20001);
  const known = await readAll(call.service.ledger, 'dialing-permissions-country');
  const items = countries()
    .map((country) => ({
      id: country.isoCode,
      country,
      flags: known.find((one) => one.iso_code === country.isoCode) ?? defaultPermissions(country.isoCode),
    }))
    .filter(
      ({ country, flags }) =>
        (!wanted.IsoCode || country.isoCode === wanted.IsoCode.toUpperCase()) &&
        (!wanted.Continent || country.continent === wanted.Continent.toUpperCase()) &&
        (!wanted.CountryCode || country.countryCodes.includes(`+${wanted.CountryCode.replace(/^[+ ]/, '')}`)) &&
        (wanted.LowRiskNumbersEnabled ?? flags.low_risk_numbers_enabled) === flags.low_risk_numbers_enabled &&
        (wanted.HighRiskSpecialNumbersEnabled ?? flags.high_risk_special_numbers_enabled) ===
          flags.high_risk_special_numbers_enabled &&
        (wanted.HighRiskTollfraudNumbersEnabled ?? flags.high_risk_tollfraud_numbers_enabled) ===
          flags.high_risk_tollfraud_numbers_enabled,
    );
  return pageOf(call, items, ({ country, flags }) => render(call, country, flags));
}

export async function fetchCountry(call: Call): Promise<Answer> {
  const country = requireCountry(call);
  return render(call, country, await flagsOf(call.service.ledger, country.isoCode));
}

export async function listHighRiskPrefixes(call: Call): Promise<Answer> {
  const { isoCode } = requireCountry(call);
  const items = highRiskPrefixes(isoCode).map((prefix) => ({ id: prefix.slice(1), prefix }));
  return pageOf(call, items, ({ prefix }) => ({ prefix }));
}

/** All updates or none; what an update does not name stays as it is. In force from the next call on. */
export function updateCountries(call: Call<Form<typeof BulkCountryUpdates>>): Promise<Answer> {
  const updates = readUpdates(call.body.UpdateRequest);
  return change(call, async (view) => {
    const flags = new Map<string, DialingPermissionsCountry>();
    for (const update of updates) {
      const known = flags.get(update.iso_code) ?? (await flagsOf(view, update.iso_code));
      flags.set(update.iso_code, { ...known, ...withoutText(update) });
    }
    const writes = [...flags].map(([isoCode, changed]) => put('dialing-permissions-country', isoCode, changed));
    return { writes, result: { update_count: updates.length, update_request: call.body.UpdateRequest } };
  });
}

export async function fetchSettings(call: Call): Promise<Answer> {
  const known = await read(call.service.ledger, 'dialing-permissions-settings', call.service.accountSid);
  return renderSettings(call, known?.dialing_permissions_inheritance ?? INHERITS);
}

/** Kept: there are no subaccounts that could inherit. */
export function updateSettings(call: Call<Form<typeof SettingsForm>>): Promise<Answer> {
  const { accountSid } = call.service;
  return change(call, async (view) => {
    const known = await read(view, 'dialing-permissions-settings', accountSid);
    const inherits = updated(call.body.DialingPermissionsInheritance, known?.dialing_permissions_inheritance, INHERITS);
    const writes = [put('dialing-permissions-settings', accountSid, { dialing_permissions_inheritance: inherits })];
    return { writes, result: renderSettings(call, inherits) };
  });
}

function requireCountry(call: Call): Country {
  const isoCode = pathId(call, 'IsoCode').toUpperCase();
  const country = countries().find((one) => one.isoCode === isoCode);
  if (!country) throw missing(call);
  return country;
}

async function flagsOf(documents: Documents, isoCode: string): Promise<DialingPermissionsCountry> {
  return (await read(documents, 'dialing-permissions-country', isoCode)) ?? defaultPermissions(isoCode);
}

function readUpdates(text: string): Static<typeof CountryUpdates> {
  const updates = parseJson(text);
  if (!Value.Check(CountryUpdates, updates))
    throw refusal(20001, 'UpdateRequest must be a JSON array of objects with an iso_code and flags');
  for (const { iso_code } of updates)
    if (!countries().some(({ isoCode }) => isoCode === iso_code))
      throw refusal(20001, `UpdateRequest names no country: ${iso_code.slice(0, 8)}`);
  return updates;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withoutText(update: Static<typeof CountryUpdate>): Partial<DialingPermissionsCountry> {
  const flags = Object.entries(update).filter(([name, value]) => name.endsWith('_enabled') && value !== undefined);
  return Object.fromEntries(flags.map(([name, value]) => [name, value === true || value === 'true']));
}

/** A page of what is not stored as documents. */
function pageOf<Item extends { readonly id: string }>(
  call: Call,
  items: readonly Item[],
  show: (item: Item) => object,
): object {
  const asked = readPageQuery(call);
  const begun = asked.after === undefined ? -1 : items.findIndex(({ id }) => id === asked.after);
  const start = asked.after === undefined ? asked.page * asked.size : begun + 1;
  const page = items.slice(start, start + asked.size);
  const last = start + asked.size < items.length ? page.at(-1)?.id : undefined;
  return pageAnswer(call, 'content', asked, page.map(show), last);
}

function render(call: Call, country: Country, flags: DialingPermissionsCountry): object {
  const url = resourceUrl(call, `v1/DialingPermissions/Countries/${country.isoCode}`);
  return {
    iso_code: country.isoCode,
    name: country.name,
    continent: country.continent,
    country_codes: country.countryCodes,
    low_risk_numbers_enabled: flags.low_risk_numbers_enabled,
    high_risk_special_numbers_enabled: flags.high_risk_special_numbers_enabled,
    high_risk_tollfraud_numbers_enabled: flags.high_risk_tollfraud_numbers_enabled,
    url,
    links: { highrisk_special_prefixes: `${url}/HighRiskSpecialPrefixes` },
  };
}

function renderSettings(call: Call, inherits: boolean): object {
  return { dialing_permissions_inheritance: inherits, url: resourceUrl(call, 'v1/Settings') };
}
