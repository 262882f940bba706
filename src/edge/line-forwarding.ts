import type { CallSink } from '../journal/event.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { SipResponse } from '../sip/message/message.ts';
import type { ServerTransaction } from '../sip/transaction/transaction.ts';
import { ENCRYPTED } from '../sip/transport/transport.ts';
import type { Admission } from './admission.ts';
import type { Answers } from './answers.ts';
import { userAndHost, type Origin } from './asked.ts';
import type { Place } from './places.ts';
import { bestContact } from './redirect.ts';

/** How often one call is forwarded from line to line: they may send it round in circles. */
const MOST_FORWARDINGS = 5;

/** What becomes of a call that a line forwards. */
export type Onward =
  /** `paid`: the line's own call, when it leaves the company. */
  | { readonly outcome: 'goes-on'; readonly decision: Decision; readonly paid: Decision | null }
  | { readonly outcome: 'refused'; readonly response: SipResponse }
  | { readonly outcome: 'too-often' };

/** A call that was admitted by `decision`, and sent elsewhere by a place; lines have forwarded it so often before. */
export interface MovedCall {
  readonly decision: Decision;
  readonly place: Place;
  readonly response: SipResponse;
  readonly forwardings: number;
}

/** Judges calls that a telephone sends elsewhere by 302 (RFC 3261 §21.3.3): its line forwards them, so its line must be allowed to. */
export class LineForwarding {
  readonly #rulebook: Rulebook;
  readonly #admission: Admission;
  readonly #answers: Answers;
  readonly #journal: CallSink;

  constructor(parts: { rulebook: Rulebook; admission: Admission; answers: Answers; journal: CallSink }) {
    this.#rulebook = parts.rulebook;
    this.#admission = parts.admission;
    this.#answers = parts.answers;
    this.#journal = parts.journal;
  }

  /** What the 302 means for the call; undefined when no line forwards it. */
  judge(transaction: ServerTransaction, call: MovedCall): Onward | Promise<Onward> | undefined {
    const { decision, place, response, forwardings } = call;
    const { trunk, user, binding, route } = place;
    if (!binding || !this.#rulebook.directory.lineOfUser(trunk, user)) return undefined;
    const called = userAndHost(bestContact(response) ?? '').user;
    if (called === null) return undefined;
    if (forwardings >= MOST_FORWARDINGS) return { outcome: 'too-often' };
    const { host: address, port, transport } = route;
    const name = transport ?? 'udp';
    const origin: Origin = { address, port: port ?? 0, transport: name, secure: ENCRYPTED.has(name) };
    const callId = transaction.request.callId ?? '';
    const judged = this.#admission.judgeTransfer({ trunk, user, number: decision.caller, callId, called }, origin);
    return judged instanceof Promise
      ? judged.then((known) => this.#onward(transaction, decision, known))
      : this.#onward(transaction, decision, judged);
  }

  /** `decision` is that of the call, `judged` that of its forwarding. */
  #onward(transaction: ServerTransaction, decision: Decision, judged: Decision): Onward {
    const callId = transaction.request.callId ?? '';
    this.#journal.record({ kind: 'forwarding', callId, at: judged.at, decision: judged });
    if (judged.verdict !== 'admit') {
      const shown = { ...judged, sourceTrusted: decision.sourceTrusted };
      return { outcome: 'refused', response: this.#answers.forDecision(transaction, shown) };
    }
    if (judged.direction === 'internal') {
      // It stays the caller's call; only whose telephone rings is another.
      const { targets, dialled = decision.dialled } = judged;
      return { outcome: 'goes-on', decision: { ...decision, targets, ...(dialled && { dialled }) }, paid: null };
    }
    // What the caller asks for later, such as a transfer, is judged by what the caller may do.
    const own = decision.direction === 'internal' ? { trunk: decision.trunk, username: decision.username } : {};
    return { outcome: 'goes-on', decision: { ...judged, ...own }, paid: judged };
  }
}
