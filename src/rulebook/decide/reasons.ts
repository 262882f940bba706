/**
 * Every reason that a request can be admitted, challenged or refused for. A closed list: metrics, the journal,
 * `explain` and docs/reasons.md use these names and no others, and a test walks it.
 */
export interface Reason {
  /** One sentence for people; says what is wrong, never who would have passed. */
  readonly text: string;
  /** The SIP status that goes with it. */
  readonly status: number;
  /** Q.850 cause for the Reason header (RFC 3326, RFC 3398 §8.2), where one fits. */
  readonly cause?: number;
  /** Whether the rulebook decides it, or the edge before the rulebook is asked. */
  readonly by: 'rulebook' | 'edge';
}

export const REASONS = {
  admitted: { text: 'Every check passed', status: 200, by: 'rulebook' },

  'rules-missing': { text: 'The rules of this gate are not there yet', status: 503, cause: 41, by: 'rulebook' },
  'rules-too-old': {
    text: 'The rules of this gate have missed a change for too long',
    status: 503,
    cause: 41,
    by: 'rulebook',
  },

  'unknown-host': { text: 'No trunk has the host of this Request-URI', status: 404, cause: 1, by: 'rulebook' },
  'unknown-source': {
    text: 'The request names no trunk that there is, and its source belongs to none',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'ambiguous-source': {
    text: 'The request names no trunk and its source belongs to several',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'unknown-number': { text: 'The called number belongs to no account here', status: 404, cause: 1, by: 'rulebook' },
  'ambiguous-number': {
    text: 'The called number is assigned by several accounts',
    status: 404,
    cause: 1,
    by: 'rulebook',
  },
  'number-not-assigned': { text: 'The called number is assigned to no trunk', status: 404, cause: 1, by: 'rulebook' },

  'termination-missing': { text: 'The trunk has no termination settings', status: 403, cause: 21, by: 'rulebook' },
  'termination-disabled': { text: 'Termination is disabled on the trunk', status: 403, cause: 21, by: 'rulebook' },
  'encryption-required': {
    text: 'The trunk requires TLS and the request came without',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'media-not-encrypted': {
    text: 'The trunk requires encrypted media and the request offers plain audio',
    status: 488,
    cause: 65,
    by: 'rulebook',
  },
  'source-not-allowed': {
    text: 'The source address is on none of the allow lists of the trunk',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },

  'source-denied': {
    text: 'The access rules of the network keep this source out',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'anonymous-not-allowed': {
    text: 'The listener takes calls of agents only, or of the network alone, and the source is neither',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  redirected: { text: 'A policy sends the caller elsewhere', status: 302, by: 'rulebook' },
  'next-hop-unavailable': {
    text: 'Every next hop is out of service, or has as many calls as it may',
    status: 503,
    cause: 34,
    by: 'rulebook',
  },

  'credentials-required': {
    text: 'The trunk asks for digest credentials and none were given',
    status: 407,
    cause: 21,
    by: 'rulebook',
  },
  'credentials-none-left': {
    text: 'The trunk requires digest credentials and has none to check against',
    status: 407,
    cause: 21,
    by: 'rulebook',
  },
  'credentials-unknown-user': {
    text: 'The trunk has no credential with this user name',
    status: 407,
    cause: 21,
    by: 'rulebook',
  },
  'credentials-wrong': {
    text: 'The digest response does not match the password',
    status: 407,
    cause: 21,
    by: 'rulebook',
  },
  'credentials-malformed': {
    text: 'The digest answer cannot be read, or is not for this server',
    status: 407,
    cause: 21,
    by: 'rulebook',
  },
  'credentials-slowed': {
    text: 'The user failed to prove its password, or asked for refused numbers, too often of late',
    status: 503,
    cause: 42,
    by: 'rulebook',
  },
  'nonce-foreign': {
    text: 'The nonce was not issued here, or not for this algorithm',
    status: 407,
    cause: 21,
    by: 'rulebook',
  },
  'nonce-stale': {
    text: 'The nonce is genuine but too old, or was sent to another address',
    status: 407,
    cause: 21,
    by: 'rulebook',
  },
  'nonce-replayed': { text: 'The nonce count was used before', status: 407, cause: 21, by: 'rulebook' },

  'registration-not-allowed': { text: 'The trunk takes no registrations', status: 403, cause: 21, by: 'rulebook' },
  'registration-of-another': {
    text: 'The address to register is not that of the authenticated user',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },

  'caller-id-not-owned': {
    text: 'The caller id is not a number of the account',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'rate-exceeded': {
    text: 'The trunk or its user started as many calls in this second as it may',
    status: 503,
    cause: 42,
    by: 'rulebook',
  },
  'concurrency-exceeded': {
    text: 'The trunk or its user has as many calls up as it may',
    status: 503,
    cause: 42,
    by: 'rulebook',
  },
  'called-number-invalid': {
    text: 'The called number is not a telephone number',
    status: 484,
    cause: 28,
    by: 'rulebook',
  },
  'country-not-allowed': {
    text: 'The country of the called number may not be called',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'premium-not-allowed': {
    text: 'The called number is a premium one, which no trunk may call',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'high-risk-not-allowed': {
    text: 'The called number is of a kind that is open to fraud and may not be called',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'country-unknown': {
    text: 'The called number belongs to no country that is known',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'called-number-unknown': {
    text: 'What was dialled is nobody of the company and no number that is known',
    status: 404,
    cause: 1,
    by: 'rulebook',
  },
  'call-blocked': {
    text: 'The permissions of the line or its place let no such call through',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'transfer-not-allowed': {
    text: 'Nobody may be transferred or forwarded there',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'transfer-number-missing': {
    text: 'Somebody has to decide about such calls, and his number is not set',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'spending-exceeded': {
    text: 'The trunk or its user has called as much today as the operator allows',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'fraud-suspected': {
    text: 'The calls of the trunk or its user look like toll fraud: too many at once, abroad, or to one range',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },

  'origination-missing': {
    text: 'No trunk behind the called number has origination settings',
    status: 480,
    cause: 3,
    by: 'rulebook',
  },
  'origination-disabled': {
    text: 'Origination is disabled on every trunk behind the called number',
    status: 480,
    cause: 3,
    by: 'rulebook',
  },
  'no-route': { text: 'No trunk behind the called number has a route', status: 480, cause: 3, by: 'rulebook' },
  'no-application': {
    text: 'An application answers for the trunk, and this gate has none',
    status: 503,
    cause: 34,
    by: 'rulebook',
  },
  'address-not-allowed': {
    text: 'The application may not call this address',
    status: 403,
    cause: 21,
    by: 'rulebook',
  },
  'no-carrier': { text: 'No carrier is configured', status: 503, cause: 34, by: 'rulebook' },

  stranger: { text: 'The source is on no list here', status: 403, cause: 21, by: 'edge' },
  'malformed-request': { text: 'The request breaks the grammar of SIP', status: 400, cause: 41, by: 'edge' },
  'message-too-large': { text: 'The request is larger than is taken here', status: 513, cause: 127, by: 'edge' },
  'version-not-supported': { text: 'Only SIP/2.0 is spoken here', status: 505, cause: 127, by: 'edge' },
  'scheme-not-supported': {
    text: 'The scheme of the Request-URI is not served here',
    status: 416,
    cause: 127,
    by: 'edge',
  },
  'too-many-hops': { text: 'Max-Forwards reached zero', status: 483, cause: 25, by: 'edge' },
  'loop-detected': {
    text: 'The request was forwarded here before and came back unchanged',
    status: 482,
    cause: 25,
    by: 'edge',
  },
  'extension-not-supported': {
    text: 'An extension that the request requires is not supported',
    status: 420,
    cause: 127,
    by: 'edge',
  },
  'method-not-allowed': { text: 'The method is not served outside a dialog', status: 405, cause: 63, by: 'edge' },
  'method-unknown': { text: 'The method is not known here', status: 501, cause: 79, by: 'edge' },
  'registration-too-brief': {
    text: 'The wished time of registration is below the minimum',
    status: 423,
    cause: 127,
    by: 'edge',
  },
  'registrar-unreachable': {
    text: 'No registrar that the registration leads to answers',
    status: 504,
    cause: 102,
    by: 'edge',
  },
  'registration-out-of-order': {
    text: 'The registration was overtaken by a newer one',
    status: 400,
    cause: 41,
    by: 'edge',
  },
  'too-many-contacts': {
    text: 'The user has as many contacts as the trunk allows',
    status: 403,
    cause: 21,
    by: 'edge',
  },
  'registrar-full': { text: 'This gate holds as many registrations as it takes', status: 503, cause: 42, by: 'edge' },
  'forwarded-too-often': {
    text: 'The call was forwarded from line to line too often',
    status: 482,
    cause: 25,
    by: 'edge',
  },
  'not-registered': { text: 'The called user is not registered', status: 480, cause: 20, by: 'edge' },
  'dialog-unknown': {
    text: 'The request belongs to no dialog that was set up here',
    status: 481,
    cause: 41,
    by: 'edge',
  },
  'transaction-unknown': { text: 'The CANCEL matches no transaction', status: 481, cause: 41, by: 'edge' },
  draining: { text: 'This gate is stopping and takes no new calls', status: 503, cause: 41, by: 'edge' },
  overloaded: { text: 'This gate has more to do than it can', status: 503, cause: 42, by: 'edge' },
  'count-missing': {
    text: 'The part of this gate that counts calls is being replaced',
    status: 503,
    cause: 41,
    by: 'edge',
  },
  'internal-error': { text: 'A fault of this gate; the journal holds the cause', status: 500, cause: 41, by: 'edge' },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof REASONS;

/** What the list says of a reason. */
export function reasonOf(code: ReasonCode): Reason {
  return REASONS[code];
}
