import type { Operation } from './operation.ts';
import { ELEMENT_TYPE_OPERATIONS } from './operations/element-types.ts';
import { ELEMENTS } from './operations/elements.ts';
import { LOCK } from './operations/lock.ts';
import { MANAGEMENT } from './operations/management.ts';

/** Every operation of the API but those that need no token. */
export const OPERATIONS: readonly Operation[] = [...LOCK, ...ELEMENTS, ...ELEMENT_TYPE_OPERATIONS, ...MANAGEMENT];
