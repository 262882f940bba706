import type { NumberType, PhoneNumber } from 'libphonenumber-js/max';
import { phoneLibrary } from '../../kit/phone-library.ts';
import { readCalledNumber, withoutSeparators } from '../number-plan.ts';
import type { CallType, CompiledRange } from './dial-plan.ts';
import { planOf, planOfCode } from './plans.ts';

/** How the place that a call comes from dials. */
export interface DialContext {
  /** ISO 3166-1 alpha-2 of the place. */
  readonly country: string;
  /** What is dialled for an outside line, such as `9`; null: nothing. */
  readonly outsideDialDigit: string | null;
  /** Whether outside numbers without that digit are no numbers at all. */
  readonly enforceOutsideDialDigit: boolean;
  /** Whether these digits are an extension, an extension behind a location's prefix, or a number of the company. */
  readonly isInternal: (digits: string) => boolean;
}

/** A dialled number, understood. */
export interface Classified {
  readonly type: CallType;
  /** E.164 with its plus sign where it has one, else the digits without the outside digit. */
  readonly number: string;
  /** ISO 3166-1 alpha-2 of where it leads; null where that is no country. */
  readonly country: string | null;
  /** What settled it, for traces. */
  readonly because: string;
}

/** Called without a country's prefix between them, and not international to each other. */
const ONE_COUNTRY: ReadonlySet<string> = new Set(['US', 'CA', 'PR']);

const PREMIUM: ReadonlySet<CallType> = new Set(['premium-services-1', 'premium-services-2']);

/** Codes of no country (ITU-T E.164 annex): what they cost the caller. */
const GLOBAL_CODES: Readonly<Record<string, CallType>> = {
  '800': 'toll-free',
  '808': 'special-services-2',
  '979': 'premium-services-2',
};

/**
 * Tells what kind of call a dialled number makes: the company's own numbers first, then emergency, then the country's
 * short codes, then the number as E.164. Ranges of our tables count before libphonenumber's types. A premium number
 * abroad is a premium number. What is in no plan is `unknown`, which is never national.
 */
export function classify(dialled: string, context: DialContext): Classified {
  const digits = withoutSeparators(dialled);
  if (!/^\+?\d{1,32}$/.test(digits)) return unknown(digits, 'no telephone number');
  if (context.isInternal(digits))
    return { type: 'internal', number: digits, country: context.country, because: 'a number of the company' };
  if (isEmergency(digits, context.country)) return emergency(digits, context);
  const { outsideDialDigit: outside } = context;
  const hasOutside = outside !== null && outside !== '' && digits.startsWith(outside) && digits.length > outside.length;
  const inner = hasOutside ? digits.slice(outside.length) : digits;
  if (hasOutside && isEmergency(inner, context.country)) return emergency(inner, context);
  if (digits.startsWith('+')) return classifyE164(digits, context.country);
  if (outside && !hasOutside && context.enforceOutsideDialDigit)
    return unknown(digits, `outside numbers begin with ${outside}`);
  if (hasOutside) {
    if (context.isInternal(inner))
      return { type: 'internal', number: inner, country: context.country, because: 'a number of the company' };
    const behind = classifyNational(inner, context.country);
    // The digit may as well be the first of the number, where nobody has to dial it.
    if (behind.type !== 'unknown' || context.enforceOutsideDialDigit) return behind;
  }
  return classifyNational(digits, context.country);
}

/** A number as E.164 says it, seen from a country. */
export function classifyE164(number: string, home: string): Classified {
  const parsed = phoneLibrary().parsePhoneNumberFromString(number);
  if (!parsed) return unknown(number, 'a number of no plan');
  const { countryCallingCode: code, nationalNumber, country } = parsed;
  const global = GLOBAL_CODES[code];
  if (global) return { type: global, number, country: null, because: `international code ${code}` };
  const ofHome = code === callingCodeOf(home);
  // Neighbours with the same code have services of their own: what is free or cheap at home is not so there.
  const neighbour = country !== undefined && !isHome(country, home);
  const range = find((country && planOf(country)?.national) ?? planOfCode(code)?.national ?? [], nationalNumber);
  if (range && (PREMIUM.has(range.type) || (ofHome && !neighbour)))
    return { type: range.type, number, country: country ?? planOfCode(code)?.country ?? null, because: range.what };
  // Numbers of other plans that the library does not know may be new; one of the own plan has to be in it.
  if (!parsed.isValid() && (ofHome || !parsed.isPossible())) return unknown(number, 'a number of no plan');
  const type = typeOf(parsed);
  const because = country === undefined ? `country code ${code}` : `a number of ${country}`;
  if (PREMIUM.has(type) || (ofHome && !neighbour)) return { type, number, country: country ?? null, because };
  return { type: 'international', number, country: country ?? null, because: `${because}, called from ${home}` };
}

/** As dialled within a country: short codes, the international prefix, the trunk prefix, a bare number. */
function classifyNational(digits: string, country: string): Classified {
  const plan = planOf(country);
  if (!plan) return classifyByLibrary(digits, country);
  const dialled = find(plan.dialled, digits);
  if (dialled) return { type: dialled.type, number: digits, country, because: dialled.what };
  const { internationalPrefix, trunkPrefix } = plan;
  if (digits.startsWith(internationalPrefix))
    return classifyE164(`+${digits.slice(internationalPrefix.length)}`, country);
  if (trunkPrefix !== '' && digits.startsWith(trunkPrefix)) {
    const behind = classifyE164(`+${plan.callingCode}${digits.slice(trunkPrefix.length)}`, country);
    if (behind.type !== 'unknown') return behind;
  }
  return plan.prefixOptional
    ? classifyE164(`+${plan.callingCode}${digits}`, country)
    : unknown(digits, 'no number that is dialled in this country');
}

/** Without a table: what the library makes of it, without short codes. */
function classifyByLibrary(digits: string, country: string): Classified {
  const parsed = phoneLibrary().isSupportedCountry(country)
    ? phoneLibrary().parsePhoneNumberFromString(digits, country)
    : undefined;
  return parsed?.isValid() ? classifyE164(parsed.number, country) : unknown(digits, 'a number of no plan');
}

function callingCodeOf(country: string): string | undefined {
  return phoneLibrary().isSupportedCountry(country) ? phoneLibrary().getCountryCallingCode(country) : undefined;
}

function isHome(country: string, home: string): boolean {
  return country === home || (ONE_COUNTRY.has(country) && ONE_COUNTRY.has(home));
}

/** What the library's types of numbers are to the caller; the others are ordinary numbers. */
const TYPES: Partial<Record<NonNullable<NumberType>, CallType>> = {
  PREMIUM_RATE: 'premium-services-1',
  TOLL_FREE: 'toll-free',
  SHARED_COST: 'special-services-2',
  PERSONAL_NUMBER: 'special-services-2',
  PAGER: 'special-services-2',
  UAN: 'special-services-1',
  VOICEMAIL: 'special-services-1',
};

function typeOf(parsed: PhoneNumber): CallType {
  return TYPES[parsed.getType() ?? 'FIXED_LINE'] ?? 'national';
}

function isEmergency(digits: string, country: string): boolean {
  const kind = digits.length <= 3 ? readCalledNumber(digits, [country])?.kind : undefined;
  return kind === 'emergency' || kind === 'emergency-test';
}

function emergency(number: string, { country }: DialContext): Classified {
  return { type: 'emergency', number, country, because: `emergency number of ${country}` };
}

function unknown(number: string, because: string): Classified {
  return { type: 'unknown', number, country: null, because };
}

function find(ranges: readonly CompiledRange[], digits: string): CompiledRange | undefined {
  return ranges.find(({ expression }) => expression.test(digits));
}
