import { createRequire } from 'node:module';
import { later } from './later.ts';

const require = createRequire(import.meta.url);

/** The numbering plans of all countries: a quarter of a megabyte of tables. */
export const phoneLibrary = later(() => require('libphonenumber-js/max') as typeof import('libphonenumber-js/max'));
