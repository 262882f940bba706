import { hostPort } from '../kit/ip.ts';
import { PASS_HEADER } from '../rulebook/call-pass.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import { toE164 } from '../rulebook/number-plan.ts';
import type { Headers } from '../sip/message/headers.ts';
import { codesOf } from '../sip/message/names.ts';
import type { SipMessage, SipRequest } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import type { OwnAddresses } from './addresses.ts';
import { userOf } from './asked.ts';

/** Who stands on one side of a call. Carriers are in our trust domain (RFC 3324), customers are not. */
export type Side = 'customer' | 'carrier';

/** The side that a call comes from. Between two networks of a border both sides are trusted. */
export function callerSide(direction: Decision['direction']): Side {
  return direction === 'origination' ? 'carrier' : 'customer';
}

/** The side that a call goes to. */
export function calleeSide(direction: Decision['direction']): Side {
  return direction === 'termination' || direction === 'transit' ? 'carrier' : 'customer';
}

/** The identities a message states (RFC 3325 §9.1, §9.2, and their forerunner Remote-Party-ID). */
const STATED = ['p-asserted-identity', 'p-preferred-identity', 'remote-party-id'];
const IDENTITIES = codesOf(STATED);

/** What only elements of a trust domain may say of a call: who is billed, who is served (RFC 7315, 8496, 5502). */
const BETWEEN_TRUSTED = [
  ...STATED,
  'p-charge-info',
  'p-charging-vector',
  'p-charging-function-addresses',
  'p-profile-key',
  'p-served-user',
];
const TRUSTED_ONLY = codesOf(BETWEEN_TRUSTED);

/** Who sent a call on, and from where (RFC 5806, RFC 7044). */
const DIVERSIONS = ['diversion', 'history-info'];

/** What a customer says of identities within a call goes. */
const UNTRUSTED = codesOf([...BETWEEN_TRUSTED, ...DIVERSIONS]);

/** What the caller's INVITE is prepared by. */
export interface Preparation {
  readonly decision: Decision;
  readonly addresses: OwnAddresses;
  /** Whether an E.164 number belongs to the account that calls. */
  readonly owns: (number: string) => boolean;
}

/** The caller's INVITE for the other side: no route of its own, and no identity but the one that the decision vouches for. */
export function prepareInvite(request: SipRequest, { decision, addresses, owns }: Preparation): SipRequest {
  const copy = request.clone();
  const { headers } = copy;
  // A new call goes where the rulebook says; a Route given with it would make this an open relay.
  headers.remove('route');
  if (callerSide(decision.direction) === 'carrier') {
    hideFromCustomer(headers);
    return copy;
  }
  headers.removeAll(TRUSTED_ONLY);
  for (const id of DIVERSIONS)
    if (headers.has(id) && !headers.values(id).every((value) => mayName(value, decision.called, owns)))
      headers.remove(id);
  const identity = assertedIdentity(decision.caller, addresses);
  if (identity !== null) headers.append('P-Asserted-Identity', identity);
  return copy;
}

/** Says who forwards a call that leaves the company (RFC 5806): the carrier bills the number that is asserted, and knows why. */
export function nameForwarder(invite: SipRequest, { direction, caller }: Decision, addresses: OwnAddresses): void {
  const identity = direction === 'termination' ? assertedIdentity(caller, addresses) : null;
  if (identity !== null) invite.headers.prepend('Diversion', `${identity};reason=unknown`);
}

/**
 * A message of an established call on its way to the other side, changed in place: what its sender says of identities
 * goes when it is a customer, and `identity`, the value that the call was admitted with, takes the place of one that
 * was stated (RFC 3325 §5); what a carrier says stays, unless it asks for privacy.
 */
export function screen(message: SipMessage, sender: Side, identity: string | null): void {
  const { headers } = message;
  // What the voice endpoint and this edge tell each other comes with the first INVITE only.
  headers.remove(PASS_HEADER);
  if (sender === 'carrier') return hideFromCustomer(headers);
  const stated = headers.hasAny(IDENTITIES);
  headers.removeAll(UNTRUSTED);
  if (stated && identity !== null) headers.append('P-Asserted-Identity', identity);
}

/** The value of P-Asserted-Identity for a number that we vouch for; null without one. */
export function assertedIdentity(number: string | null, addresses: OwnAddresses): string | null {
  const own = addresses.first;
  return number !== null && own ? `<sip:${number}@${hostPort(own.address, own.port)}>` : null;
}

/** RFC 3325 §7: who asks for `id` privacy is not named outside of the trust domain. */
function hideFromCustomer(headers: Headers): void {
  if (!headers.has('privacy')) return;
  const asked = headers.lines('privacy').flatMap((line) => line.toLowerCase().split(/[;,]/));
  if (asked.some((value) => value.trim() === 'id')) headers.removeAll(IDENTITIES);
}

/** A customer may name its own numbers, and the one that it calls. */
function mayName(value: string, called: string | null, owns: (number: string) => boolean): boolean {
  const number = toE164(userOf(parseNameAddr(value)?.address) ?? '');
  return number !== undefined && (number === called || owns(number));
}
