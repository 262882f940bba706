import { createRequire } from 'node:module';
import { later } from './later.ts';

const require = createRequire(import.meta.url);

/** TypeBox's checks of values against schemas, which only the control APIs need. */
export const schemaChecks = later(() => require('typebox/value') as typeof import('typebox/value'));
