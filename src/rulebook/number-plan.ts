import type { NumberType } from 'libphonenumber-js/max';
import { phoneLibrary } from '../kit/phone-library.ts';
import { memoized } from '../kit/memo.ts';

/**
 * Emergency numbers by country, 2026-11, from the national numbering plans; test numbers where a country has one.
 * 112 (GSM, EU) and 911 (GSM) reach help from any handset, so they count everywhere.
 */
const EMERGENCY: Readonly<Record<string, readonly string[]>> = {
  '*': ['112', '911'],
  AU: ['000'],
  BR: ['190', '192', '193'],
  DE: ['110'],
  ES: ['061', '062', '080', '091'],
  FR: ['15', '17', '18'],
  GB: ['999'],
  IN: ['100', '101', '102', '108'],
  IT: ['113', '115', '118'],
  JP: ['110', '118', '119'],
  KR: ['119'],
  SG: ['995', '999'],
};

/** Numbers of which the plan is remembered: to look it up takes far longer than the rest of a decision. */
const MOST_REMEMBERED = 20_000;

/** Digits of the longest of them. */
const LONGEST_EMERGENCY = 3;

/** Tests the way to emergency services in North America. */
const EMERGENCY_TEST = '933';

/**
 * Why a number may cost more than others of its country. `premium`: a call pays somebody for being called; `special`: a
 * service at a price of its own, such as shared cost; `unallocated`: in no range of the plan, where who answers is
 * after a share of the price.
 */
export type NumberRisk = 'premium' | 'special' | 'unallocated';

const SPECIAL: ReadonlySet<NumberType> = new Set(['SHARED_COST', 'PERSONAL_NUMBER', 'PAGER']);

/** A called number, understood. */
export type CalledNumber =
  | {
      readonly kind: 'e164';
      readonly number: string;
      readonly country: string | null;
      readonly risk: NumberRisk | null;
    }
  | { readonly kind: 'emergency' | 'emergency-test'; readonly number: string; readonly country: string | null }
  /** Somebody of the company, or a short code: only where people dial (Termination.dialling). */
  | { readonly kind: 'internal' | 'short-code'; readonly number: string; readonly country: string | null };

/** What `readCalledNumber` finds. */
type PublicNumber = Exclude<CalledNumber, { readonly kind: 'internal' | 'short-code' }>;

/**
 * Reads the user part of a Request-URI or a tel number as the caller dialled it. Visual separators are dropped
 * (RFC 3966 §3). Numbers without a plus sign are taken as E.164, the way carriers' trunks send them, when they are
 * long enough; undefined for anything that is no telephone number.
 */
export function readCalledNumber(dialled: string, countries: readonly string[]): PublicNumber | undefined {
  const digits = withoutSeparators(dialled);
  const emergency = emergencyCountry(digits, countries);
  if (emergency)
    return { kind: emergency.test ? 'emergency-test' : 'emergency', number: digits, country: emergency.country };
  const number = toE164(digits);
  return number ? { kind: 'e164', number, ...planOf(number) } : undefined;
}

/** The number that was dialled, in E.164, without a look at where it leads; undefined when it cannot be one. */
export function dialledNumber(dialled: string): string | undefined {
  return toE164(withoutSeparators(dialled));
}

/**
 * As dialled, its context read, without parameters and visual separators (RFC 3966 §3). A number that is local to a
 * domain stays whole, which is no number to anybody.
 */
export function withoutSeparators(dialled: string): string {
  const read = readContext(dialled);
  return contextsOf(read).length > 0 ? read : bareNumber(read);
}

/**
 * The user part of a URI with the phone-context of a local number read (RFC 3966 §5.1.5), the number itself as it was
 * written: of leading digits, such as `+44`, what stands behind them; of one of the domains `own`, the number alone.
 * Emergency numbers never have a context, because `+1911` is no number. Anything else is left as it is.
 */
export function readContext(user: string, own: readonly string[] = []): string {
  const contexts = contextsOf(user);
  const [context = ''] = contexts;
  if (contexts.length === 0) return user;
  const [number = ''] = user.split(';', 1);
  if (emergencyCountry(bareNumber(user), Object.keys(EMERGENCY))) return number;
  if (contexts.length > 1) return user;
  if (/^\+[().-]*\d[\d().-]*$/.test(context)) return `${context}${number}`;
  return own.includes(context.toLowerCase()) ? number : user;
}

/** The contexts that a local number names, of which there should be one; a global number needs none. */
function contextsOf(user: string): string[] {
  const [, ...params] = user.includes(';') && /^[\d*#]+$/.test(bareNumber(user)) ? user.split(';') : [];
  return params.filter((param) => /^phone-context(?:=|$)/i.test(param)).map((param) => param.slice(CONTEXT.length));
}

const CONTEXT = 'phone-context=';

function bareNumber(user: string): string {
  return user.split(';', 1)[0]?.replace(/[-.() ]/g, '') ?? '';
}

/** E.164 with its plus sign, from digits with or without one; undefined when it cannot be one (ITU-T E.164 §6: 15 digits at most). */
export function toE164(text: string): string | undefined {
  const match = /^\+?([1-9]\d{6,14})$/.exec(text);
  return match ? `+${match[1]}` : undefined;
}

/**
 * ISO 3166-1 alpha-2 code of the country of an E.164 number, null when the number is in no country's plan, and
 * whether it is a risk there. North American numbers resolve to their own country (a +1 809 is DO, not US), so an allow
 * list means what it says.
 */
const planOf = memoized(
  (number: string): { country: string | null; risk: NumberRisk | null } => {
    const parsed = phoneLibrary().parsePhoneNumberFromString(number);
    return { country: parsed?.country ?? null, risk: riskOf(parsed?.getType()) };
  },
  { most: MOST_REMEMBERED, longest: 16 },
);

function riskOf(type: NumberType): NumberRisk | null {
  if (type === undefined) return 'unallocated';
  if (type === 'PREMIUM_RATE') return 'premium';
  return SPECIAL.has(type) ? 'special' : null;
}

/** ISO 3166-1 alpha-2 code of the country of an E.164 number; null when it is in no country's plan. */
export function countryOf(number: string): string | null {
  return planOf(number).country;
}

/** Whether somewhere help answers at what was dialled: for when there is no time to ask whose rules hold. */
export function mayBeEmergency(dialled: string): boolean {
  return readCalledNumber(dialled, Object.keys(EMERGENCY))?.kind !== 'e164' && dialled.length <= LONGEST_EMERGENCY;
}

function emergencyCountry(
  digits: string,
  countries: readonly string[],
): { country: string | null; test: boolean } | undefined {
  if (digits === EMERGENCY_TEST) return { country: countries[0] ?? null, test: true };
  const home = countries.find((country) => EMERGENCY[country]?.includes(digits));
  if (home) return { country: home, test: false };
  return EMERGENCY['*']?.includes(digits) ? { country: countries[0] ?? null, test: false } : undefined;
}
