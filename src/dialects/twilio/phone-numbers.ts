import { phoneLibrary } from '../../kit/phone-library.ts';
import { isAvailable } from '../number-holders.ts';
import { areaCodes, offeredNumbers } from '../offered-numbers.ts';
import { read, type Documents } from './documents.ts';
import type { Service } from './operation.ts';

/** Voice only: messages and facsimiles are not carried. */
export const CAPABILITIES = { voice: true, sms: false, mms: false, fax: false };

/** Members of a number that are the same for all; a trunk's view of its numbers shows them too. */
export const FIXED_MEMBERS = {
  address_requirements: 'none',
  api_version: '2010-04-01',
  beta: false,
  capabilities: CAPABILITIES,
};

/** Telephone keys of the letters that people spell numbers with. */
const KEYS: Readonly<Record<string, string>> = Object.fromEntries(
  ['', '', 'ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'].flatMap((letters, digit) =>
    [...new Set(letters)].map((letter) => [letter, String(digit)]),
  ),
);

/** Whether the number is the account's. */
export async function holdsNumber(documents: Documents, e164: string): Promise<boolean> {
  return (await read(documents, 'phone-number-holder', e164)) !== undefined;
}

/** The first number on offer in an area code; undefined when there is none left or the code does not exist. */
export async function firstAvailable(
  service: Service,
  documents: Documents,
  areaCode: string,
): Promise<string | undefined> {
  if (!areaCodes().includes(areaCode)) return undefined;
  for (const number of offeredNumbers([areaCode])) if (await isAvailable(service, documents, number)) return number;
  return undefined;
}

/** The vendor's patterns: digits, letters as on a telephone's keys, `*` for any one digit; anywhere in the number. */
export function matches(e164: string, pattern: string): boolean {
  const digits = pattern
    .toUpperCase()
    .replace(/^\+/, '')
    .replace(/[A-Z]/g, (letter) => KEYS[letter] ?? letter);
  return /^[\d*]+$/.test(digits) && new RegExp(digits.replaceAll('*', '\\d')).test(e164);
}

/** How the vendor names a number that nobody named: `(206) 555-0100` in North America, else E.164. */
export function friendlyNumber(e164: string): string {
  return e164.startsWith('+1') ? (phoneLibrary().parsePhoneNumberFromString(e164)?.formatNational() ?? e164) : e164;
}
