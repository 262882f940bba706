import type { CallSink } from '../journal/event.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import type { ServerTransaction } from '../sip/transaction/transaction.ts';
import { parseUri } from '../sip/uri.ts';
import type { Admission, Transfer } from './admission.ts';
import type { Answers } from './answers.ts';
import type { Applications } from './applications.ts';
import { originOf, userOf } from './asked.ts';
import type { Calls } from './calls.ts';
import { calleeSide, callerSide } from './identity.ts';
import type { Refusals } from './refusals.ts';
import type { RouteClaim } from './route-token.ts';

/** Text that somebody could dial. */
const DIALABLE = /^[+0-9*#().\- ]+$/;

/** Names a dialog in the headers of a Refer-To URI (RFC 3891): an attended transfer joins it instead of dialling. */
const REPLACES = /(?:^|&)replaces=/i;

/**
 * Judges transfers (REFER, RFC 3515): the carrier would place the call that a customer asks it for, so the customer
 * must be allowed to place it. REFER of a carrier is the customer's equipment to judge.
 */
export class Transfers {
  readonly #applications: Applications;
  readonly #admission: Admission;
  readonly #answers: Answers;
  readonly #refusals: Refusals;
  readonly #calls: Calls;
  readonly #journal: CallSink;

  constructor(parts: {
    applications: Applications;
    admission: Admission;
    answers: Answers;
    refusals: Refusals;
    calls: Calls;
    journal: CallSink;
  }) {
    this.#applications = parts.applications;
    this.#admission = parts.admission;
    this.#answers = parts.answers;
    this.#refusals = parts.refusals;
    this.#calls = parts.calls;
    this.#journal = parts.journal;
  }

  /** Whether the REFER of an established call may go on; one that may not is answered. Never rejects. */
  allows(transaction: ServerTransaction, claim: RouteClaim): boolean | Promise<boolean> {
    const { request, flow } = transaction;
    const side = claim.sender === 'caller' ? callerSide(claim.direction) : calleeSide(claim.direction);
    if (side === 'carrier') return true;
    // The voice endpoint passes on what was judged where it came from.
    if (this.#applications.legOf(transaction)) return true;
    const target = targetOf(request);
    if (target === undefined) {
      this.#refusals.refuse(transaction, 'malformed-request');
      return false;
    }
    if (target.joins) return true;
    const callId = request.callId ?? '';
    const who = this.#sender(request, claim);
    const judged = this.#admission.judgeTransfer({ ...who, callId, called: target.user }, originOf(flow));
    if (!(judged instanceof Promise)) return this.#settle(transaction, judged);
    return judged
      .then((decision) => this.#settle(transaction, decision))
      .catch((error: unknown) => {
        this.#refusals.refuseFailed(transaction, error);
        return false;
      });
  }

  #settle(transaction: ServerTransaction, decision: Decision): boolean {
    const callId = transaction.request.callId ?? '';
    this.#journal.record({ kind: 'transfer', callId, at: decision.at, decision });
    if (decision.verdict === 'admit') return true;
    transaction.respond(this.#answers.forDecision(transaction, decision));
    return false;
  }

  /** By whose rules it is judged. */
  #sender(request: SipRequest, claim: RouteClaim): Pick<Transfer, 'trunk' | 'user' | 'number'> {
    const { sender, direction, trunk, number, users } = claim;
    if (!users) return { trunk, number, user: this.#calls.userOf(request, sender) };
    if (sender === 'caller') return { trunk, number, user: users.caller };
    return { trunk: users.calleeTrunk, number: direction === 'internal' ? null : number, user: users.callee };
  }
}

/** Who is to be called; undefined unless there is exactly one Refer-To that can be read (RFC 3515 §2.4.2). */
function targetOf(request: SipRequest): { user: string; joins: boolean } | undefined {
  const values = request.headers.values('refer-to');
  const uri = parseUri(parseNameAddr(values[0] ?? '')?.uri ?? '');
  if (values.length !== 1 || !uri) return undefined;
  const user = userOf(uri) ?? '';
  // Only what nobody could dial is taken for the contact of a call that is there already.
  const dialable = DIALABLE.test(user.split(';', 1)[0] ?? '');
  return { user, joins: !dialable && uri.user !== undefined && REPLACES.test(uri.headers ?? '') };
}
