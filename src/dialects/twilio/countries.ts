import type { CountryCode } from 'libphonenumber-js/max';
import { phoneLibrary } from '../../kit/phone-library.ts';

/** A country as dialing permissions know it. */
export interface Country {
  /** ISO 3166-1 alpha-2; the vendor has the United States and Canada as one. */
  readonly isoCode: CountryCode;
  readonly name: string;
  readonly continent: string;
  /** With the plus sign. */
  readonly countryCodes: readonly string[];
}

/** By the United Nations' geoscheme (M49), 2026; the Americas by their two halves, Central America with the north. */
const CONTINENTS: Readonly<Record<string, string>> = {
  AFRICA:
    'AC AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TA TD TG TN TZ UG YT ZA ZM ZW',
  ASIA: 'AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE',
  EUROPE:
    'AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK',
  NORTH_AMERICA:
    'AG AI AW BB BL BM BQ BS BZ CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI',
  OCEANIA: 'AS AU CC CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PW SB TK TO TV VU WF WS',
  SOUTH_AMERICA: 'AR BO BR CL CO EC FK GF GY PE PY SR UY VE',
};

const continentOf = new Map(
  Object.entries(CONTINENTS).flatMap(([continent, codes]) =>
    codes.split(' ').map((code) => [code, continent] as const),
  ),
);

let all: readonly Country[] | undefined;

/** All of them, in the order of their codes. The first use waits for their names. */
export function countries(): readonly Country[] {
  return (all ??= nameCountries());
}

function nameCountries(): Country[] {
  const names = new Intl.DisplayNames('en', { type: 'region' });
  return phoneLibrary()
    .getCountries()
    .toSorted()
    .flatMap((code) => {
      const continent = continentOf.get(code);
      // Canada is with the United States.
      if (continent === undefined) return [];
      const name = code === 'US' ? 'United States/Canada' : (names.of(code) ?? code);
      return { isoCode: code, name, continent, countryCodes: [`+${phoneLibrary().getCountryCallingCode(code)}`] };
    });
}

/** The ISO codes that a country of the vendor's stands for. */
export function isoCodesOf(isoCode: string): string[] {
  return isoCode === 'US' ? ['US', 'CA'] : [isoCode];
}
