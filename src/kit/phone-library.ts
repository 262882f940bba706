import { createRequire } from 'node:module';
import { later } from './later.ts';

const require = createRequire(import.meta.url);

/** What is used of it: what `require` gives has less than what `import` gives, which its types do not tell. */
type PhoneLibrary = Pick<
  typeof import('libphonenumber-js/max'),
  'getCountries' | 'getCountryCallingCode' | 'isSupportedCountry' | 'parsePhoneNumberFromString'
>;

/** The numbering plans of all countries: a quarter of a megabyte of tables. */
export const phoneLibrary = later(() => require('libphonenumber-js/max') as PhoneLibrary);
