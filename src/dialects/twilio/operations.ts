import { API_2010 } from './api-2010.ts';
import type { Operation } from './operation.ts';

/** Every operation that is served, by API: one file of rows for each. */
export const OPERATIONS: readonly Operation[] = [...API_2010];
