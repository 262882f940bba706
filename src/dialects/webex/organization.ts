import type { Sealer } from '../../kit/seal.ts';
import { DIALECT } from './documents.ts';

/** The UUID of the gate's one organisation: the same for as long as the gate keeps its key, and no other gate's. */
export function organizationId(sealer: Sealer): string {
  const digits = sealer.fingerprint('organization', DIALECT);
  // RFC 9562 §5.8: version 8, for ids that are made by rules of one's own.
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ];
  return parts.join('-');
}
