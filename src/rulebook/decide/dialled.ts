import type { Dialling, LineEntry, RangeEntry } from '../dialling.ts';
import { classify, type Classified } from '../dial-plan/classify.ts';
import { planOf } from '../dial-plan/plans.ts';
import { readCalledNumber, withoutSeparators, type CalledNumber } from '../number-plan.ts';
import type { Rulebook } from '../rulebook.ts';
import type { NumberEntry } from '../trunk.ts';

/** Who is reached within the company, or behind its gateways. */
export type Reached =
  | { readonly kind: 'line'; readonly line: LineEntry }
  | { readonly kind: 'number'; readonly number: NumberEntry }
  | { readonly kind: 'range'; readonly range: RangeEntry };

/** What somebody dialled, understood from where he is. */
export interface Dialled extends Classified {
  /** Null: the telephone network. */
  readonly reached: Reached | null;
  /** The ways to write it that patterns are compared with: nobody gets past a pattern by dialling in another way. */
  readonly spellings: readonly string[];
}

/** Tells what a dialled number is: a line or a number of the account, a range of its gateways, or a number of the world. */
export function understand(rulebook: Rulebook, account: string, dialling: Dialling, dialled: string): Dialled {
  const digits = withoutSeparators(dialled);
  const isHelp = (text: string): boolean => isEmergencyNumber(text, dialling.country);
  const within = (text: string): Reached | undefined =>
    isHelp(text) || isHelp(withoutOutsideDigit(text, dialling)) ? undefined : lookUp(rulebook, account, dialling, text);
  const classified = classify(dialled, {
    country: dialling.country,
    outsideDialDigit: dialling.outsideDigit,
    enforceOutsideDialDigit: dialling.enforceOutsideDigit,
    isInternal: (text) => isInternal(within(text)),
  });
  const { type, number } = classified;
  if (type === 'emergency') return { ...classified, reached: null, spellings: [number] };
  const reached = within(number) ?? null;
  // However it was dialled: a number of the company is one.
  const settled: Classified = isInternal(reached)
    ? { ...classified, type: 'internal', because: 'a number of the company' }
    : classified;
  const outside = withoutOutsideDigit(digits, dialling);
  const spellings = [outside, number, ...otherWays(number, dialling), ...namesOf(rulebook, reached)];
  return { ...settled, reached, spellings: [...new Set(spellings)] };
}

/** The same for the checks that know nothing of dialling. */
export function calledNumber({ type, number, country }: Dialled): CalledNumber {
  if (type === 'emergency')
    return readCalledNumber(number, country === null ? [] : [country]) ?? { kind: 'emergency', number, country };
  if (type === 'internal') return { kind: 'internal', number, country };
  return number.startsWith('+')
    ? { kind: 'e164', number, country, risk: null }
    : { kind: 'short-code', number, country };
}

function isInternal(reached: Reached | null | undefined): boolean {
  return reached != null && (reached.kind !== 'range' || reached.range.internal);
}

function lookUp(rulebook: Rulebook, account: string, { place }: Dialling, digits: string): Reached | undefined {
  const { directory } = rulebook;
  if (!digits.startsWith('+')) {
    const line =
      directory.lineOfExtension(place, digits) ??
      directory.lineBehindPrefix(account, digits) ??
      directory.lineOfPlainExtension(account, digits);
    if (line) return { kind: 'line', line };
  }
  const number = rulebook.numbers(digits).find((entry) => entry.account === account);
  if (number) return ofNumber(rulebook, number);
  const range = directory.rangeOf(account, digits);
  return range && { kind: 'range', range };
}

function ofNumber({ directory }: Rulebook, number: NumberEntry): Reached {
  const { assignment } = number;
  const line = assignment?.kind === 'user' ? directory.lineOfUser(assignment.id, assignment.user) : undefined;
  return line ? { kind: 'line', line } : { kind: 'number', number };
}

function isEmergencyNumber(digits: string, country: string): boolean {
  const kind = digits.length <= 3 ? readCalledNumber(digits, [country])?.kind : undefined;
  return kind === 'emergency' || kind === 'emergency-test';
}

function withoutOutsideDigit(digits: string, { outsideDigit }: Dialling): string {
  const has = outsideDigit !== null && digits.startsWith(outsideDigit) && digits.length > outsideDigit.length;
  return has ? digits.slice(outsideDigit.length) : digits;
}

/** As the country of the place dials an E.164 number. */
function otherWays(number: string, { country }: Dialling): string[] {
  const plan = planOf(country);
  if (!plan || !number.startsWith('+')) return [];
  const { callingCode, trunkPrefix, internationalPrefix } = plan;
  if (!number.startsWith(`+${callingCode}`)) return [`${internationalPrefix}${number.slice(1)}`];
  const national = number.slice(callingCode.length + 1);
  return [national, `${trunkPrefix}${national}`];
}

/** Extension, prefix and extension, and number of a line. */
function namesOf(rulebook: Rulebook, reached: Reached | null): string[] {
  if (reached?.kind !== 'line') return [];
  const { extension, number, trunk } = reached.line;
  const prefix = rulebook.trunk(trunk)?.termination?.dialling?.routingPrefix ?? '';
  const names = extension === null ? [] : [extension, `${prefix}${extension}`];
  return number === null ? names : [...names, number];
}
