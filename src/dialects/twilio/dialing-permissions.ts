import { countries, isoCodesOf } from './countries.ts';
import { readAll, type DialingPermissionsCountry, type Documents } from './documents.ts';

/** Open before anybody said anything: the account's own country. */
const HOME = 'US';

/** What holds for a country that nobody changed. */
export function defaultPermissions(isoCode: string): DialingPermissionsCountry {
  return {
    iso_code: isoCode,
    low_risk_numbers_enabled: isoCode === HOME,
    high_risk_special_numbers_enabled: false,
    high_risk_tollfraud_numbers_enabled: false,
  };
}

/** ISO codes of the countries whose numbers of each kind may be called. */
export interface Permissions {
  readonly lowRisk: string[];
  readonly special: string[];
  readonly tollFraud: string[];
}

/** What the account may call. */
export async function permissionsOf(documents: Documents): Promise<Permissions> {
  const changed = new Map((await readAll(documents, 'dialing-permissions-country')).map((one) => [one.iso_code, one]));
  const all = countries().map(({ isoCode }) => changed.get(isoCode) ?? defaultPermissions(isoCode));
  const having = (flag: Exclude<keyof DialingPermissionsCountry, 'iso_code'>): string[] =>
    all.filter((one) => one[flag]).flatMap((one) => isoCodesOf(one.iso_code));
  return {
    lowRisk: having('low_risk_numbers_enabled'),
    special: having('high_risk_special_numbers_enabled'),
    tollFraud: having('high_risk_tollfraud_numbers_enabled'),
  };
}
