import { API_2010 } from './api-2010.ts';
import { API_CALLS } from './api-calls.ts';
import type { Operation } from './operation.ts';
import { ROUTES_V2 } from './routes-v2.ts';
import { TRUNKING_V1 } from './trunking-v1.ts';
import { VOICE_V1 } from './voice-v1.ts';

/** Every operation that is served, by API: one file of rows for each. */
export const OPERATIONS: readonly Operation[] = [...API_2010, ...API_CALLS, ...TRUNKING_V1, ...VOICE_V1, ...ROUTES_V2];
