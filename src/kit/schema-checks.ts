import { later } from './later.ts';

/** TypeBox's checks of values against schemas, which only the control APIs need. */
export const schemaChecks = later<typeof import('typebox/value')>('typebox/value');
