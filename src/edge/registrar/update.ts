import type { ReasonCode } from '../../rulebook/decide/reasons.ts';
import type { Registration } from '../../rulebook/trunk.ts';
import { parseUri, sameUri } from '../../sip/uri.ts';
import type { PeerFlow } from '../route-token.ts';
import type { Binding } from './binding.ts';
import type { WantedContact, Wish } from './contacts.ts';

/** A REGISTER that was authenticated, as far as its bindings are concerned. */
export interface Change {
  readonly wish: Wish;
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[];
  readonly flowFor: (contact: string) => PeerFlow | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The bindings as they are to be, all at once; or why nothing changes. */
export type Update =
  | { readonly bindings: readonly Binding[]; readonly reason?: undefined }
  | { readonly reason: ReasonCode; readonly bindings?: undefined };

/** An hour: a wish for that much or more is never too brief (RFC 3261 §10.3 step 7). */
const NEVER_TOO_BRIEF = 3600;

/** RFC 3261 §10.3 steps 6 to 8. `before` holds no binding that expired. Pure. */
export function update(before: readonly Binding[], change: Change, terms: Registration): Update {
  const { wish } = change;
  if (wish.kind === 'query') return { bindings: before };
  if (wish.kind === 'clear')
    return before.some((binding) => isOvertaken(binding, change))
      ? { reason: 'registration-out-of-order' }
      : { bindings: [] };
  // More than may stay are no honest wish; it also bounds the comparisons below.
  if (wish.contacts.length > terms.contactsPerUser) return { reason: 'too-many-contacts' };
  let bindings = [...before];
  for (const wanted of wish.contacts) {
    const seconds = wanted.expires ?? terms.defaultSeconds;
    if (seconds > 0 && seconds < terms.minimumSeconds && seconds < NEVER_TOO_BRIEF)
      return { reason: 'registration-too-brief' };
    const known = before.filter((binding) => isSame(binding, wanted));
    if (known.some((binding) => isOvertaken(binding, change))) return { reason: 'registration-out-of-order' };
    bindings = bindings.filter((binding) => !isSame(binding, wanted));
    if (seconds > 0) bindings.push(bind(wanted, change, Math.min(seconds, terms.maximumSeconds)));
  }
  // Who refreshes what is there is let through even after the limit was lowered.
  if (bindings.length > terms.contactsPerUser && bindings.length > before.length)
    return { reason: 'too-many-contacts' };
  return { bindings };
}

function bind(wanted: WantedContact, change: Change, seconds: number): Binding {
  const { contact, params, q, instance } = wanted;
  const { callId, cseq, path, now, flowFor } = change;
  const flow = flowFor(path[0] ?? contact);
  return { contact, params, q, instance, callId, cseq, path, flow, registeredAt: now, expiresAt: now + seconds * 1000 };
}

function isSame(binding: Binding, wanted: WantedContact): boolean {
  if (binding.instance !== null && binding.instance === wanted.instance) return true;
  const uri = parseUri(binding.contact);
  return uri !== undefined && sameUri(uri, wanted.uri);
}

/** The same client said something newer about it before. */
function isOvertaken(binding: Binding, { callId, cseq }: Change): boolean {
  return binding.callId === callId && cseq <= binding.cseq;
}
