import type { DialPlan, Range } from '../dial-plan.ts';

const DIALLED: readonly Range[] = [
  ['0', 'operator-assisted', 'local operator'],
  ['00', 'operator-assisted', 'long distance operator'],
  ['0[2-9]XX[2-9]XXXXXX', 'operator-assisted', 'operator-assisted call (0+)'],
  // Charged as an international call, whoever puts it through.
  ['01[2-9]!', 'international', 'operator-assisted international call (01+)'],
  ['101XXXX!', 'unknown', 'choice of a carrier (casual dialling)'],
  ['411', 'directory-assistance', 'directory assistance'],
  ['[235678]11', 'special-services-1', 'N11 service code'],
  ['988', 'toll-free', 'crisis lifeline'],
];

const NATIONAL: readonly Range[] = [
  ['8(?:00|33|44|55|66|77|88)5551212', 'toll-free', 'toll-free directory assistance'],
  ['[2-9]XX5551212', 'directory-assistance', 'directory assistance of an area'],
  ['8(?:00|33|44|55|66|77|88)[2-9]XXXXXX', 'toll-free', 'toll-free number'],
  ['900[2-9]XXXXXX', 'premium-services-1', 'pay-per-call number'],
  ['[2-9]XX976XXXX', 'premium-services-2', 'information and entertainment number (976)'],
  ['700[2-9]XXXXXX', 'special-services-2', 'service of a long distance carrier'],
  ['710[2-9]XXXXXX', 'special-services-2', 'government service'],
  ['5(?:00|2[1-9]|33|44|66|77|88)[2-9]XXXXXX', 'special-services-1', 'personal communications number'],
  ['6(?:00|22|33|44|55|77|88)[2-9]XXXXXX', 'special-services-2', 'Canadian specialised service'],
];

function northAmerican(country: string): DialPlan {
  return {
    country,
    callingCode: '1',
    internationalPrefix: '011',
    trunkPrefix: '1',
    prefixOptional: true,
    source: 'North American Numbering Plan Administrator, area and service codes, 2026-11',
    dialled: DIALLED,
    national: NATIONAL,
  };
}

/** The United States, Canada and Puerto Rico, which are not international to each other. */
export const NORTH_AMERICA: readonly DialPlan[] = ['US', 'CA', 'PR'].map(northAmerican);
