import { phoneLibrary } from '../../kit/phone-library.ts';
import { read, type Documents } from './documents.ts';

/**
 * A number as E.164 with the plus sign, such as `+12145550100` of `+1-2145550100` or, within the US, of `2145550100`.
 * Undefined where it is no number that could be.
 */
export function readNumber(text: string, country: string): string | undefined {
  const plain = text.replace(/[^+\d]/g, '');
  const parsed = phoneLibrary().isSupportedCountry(country)
    ? phoneLibrary().parsePhoneNumberFromString(plain, country)
    : phoneLibrary().parsePhoneNumberFromString(plain);
  return parsed?.isPossible() ? parsed.number : undefined;
}

/** Whether the number is the organisation's. */
export async function holdsNumber(documents: Documents, e164: string): Promise<boolean> {
  return (await read(documents, 'phone-number', e164)) !== undefined;
}

/** Whether a text is nothing but digits, few enough for an extension. */
export function isExtension(text: string): boolean {
  return /^\d{2,10}$/.test(text);
}
