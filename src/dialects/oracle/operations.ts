import type { Operation } from './operation.ts';
import { BOOT_PARAMETERS } from './operations/boot-parameters.ts';
import { CERTIFICATES } from './operations/certificates.ts';
import { ELEMENT_TYPE_OPERATIONS } from './operations/element-types.ts';
import { ELEMENTS } from './operations/elements.ts';
import { LOCK } from './operations/lock.ts';
import { MANAGEMENT } from './operations/management.ts';
import { STATISTICS } from './operations/statistics.ts';
import { SYSTEM } from './operations/system.ts';

/** Every operation of the API but those that need no token or no version. */
export const OPERATIONS: readonly Operation[] = [
  ...LOCK,
  ...ELEMENTS,
  ...ELEMENT_TYPE_OPERATIONS,
  ...MANAGEMENT,
  ...BOOT_PARAMETERS,
  ...CERTIFICATES,
  ...STATISTICS,
  ...SYSTEM,
];
