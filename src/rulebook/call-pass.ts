import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CodeQuestion } from './call-control.ts';

/** The header that a pass travels in, between the edge and the voice endpoint only. */
export const PASS_HEADER = 'x-tollgate-application';

/** What the edge tells the voice endpoint of an admitted call that an application answers for. */
export interface CallClaim {
  readonly kind: 'call';
  /** The id of the Decision. */
  readonly decision: string;
  readonly trunk: string;
  readonly account: string;
  readonly application: string;
  /** The caller id after the account's rules, E.164; null when the caller shows none. */
  readonly caller: string | null;
  /** Whether the call comes from the telephone network, which vouches for the caller id. */
  readonly fromNetwork: boolean;
  /** The Request-URI as it came. */
  readonly to: string;
  readonly username: string | null;
  /** Address that the call came from. */
  readonly source: string;
  /** The address to name in session descriptions, so that the caller reaches our media. */
  readonly media: string;
  /** Whether the caller is spoken with over SRTP only. */
  readonly encrypted: boolean;
  /** What the caller has to key; null: nothing. */
  readonly code: CodeQuestion | null;
}

/** What the voice endpoint tells the edge of a leg that an application wants. */
export interface LegClaim {
  readonly kind: 'leg';
  /** The id of the Decision of the call that the leg belongs to, or of the wish for a call. */
  readonly parent: string;
  /** The trunk whose rules hold; null: one of the account. */
  readonly trunk: string | null;
  readonly account: string;
  /** The user who placed the call that it belongs to, whose limits hold too. */
  readonly username: string | null;
  /** The number of the caller whom the telephone network vouched for: a leg of its call may show it. Null: none. */
  readonly vouched: string | null;
  /** No call came before it: the application begins one, so it counts as a new call of the trunk. */
  readonly placed: boolean;
}

/** Makes and reads passes: claims that are signed for one Call-ID with a key that no other process has. */
export class CallPasses {
  readonly #key: Buffer;

  /** `key`: 32 random bytes of this process. */
  constructor(key: Buffer) {
    this.#key = key;
  }

  seal(callId: string, claim: CallClaim | LegClaim): string {
    const payload = Buffer.from(JSON.stringify(claim)).toString('base64url');
    return `${payload}.${this.#mac(payload, callId).toString('base64url')}`;
  }

  /** The claim of this kind; undefined when the pass was not made here for this call. */
  open<Kind extends 'call' | 'leg'>(
    kind: Kind,
    callId: string,
    pass: string | undefined,
  ): Extract<CallClaim | LegClaim, { kind: Kind }> | undefined {
    const [payload = '', mac = ''] = (pass ?? '').split('.', 2);
    const given = Buffer.from(mac, 'base64url');
    const expected = this.#mac(payload, callId);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claim = JSON.parse(Buffer.from(payload, 'base64url').toString()) as CallClaim | LegClaim;
    return claim.kind === kind ? (claim as Extract<CallClaim | LegClaim, { kind: Kind }>) : undefined;
  }

  #mac(payload: string, callId: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([payload, callId]), 'latin1')
      .digest();
  }
}
