import { createRequire } from 'node:module';
import { later } from './later.ts';

const require = createRequire(import.meta.url);

/** The parser of XML, which control APIs and voice applications need. */
export const xmlLibrary = later(() => require('fast-xml-parser') as typeof import('fast-xml-parser'));
