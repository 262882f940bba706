import { hostPort } from '../../../kit/ip.ts';
import type { Decision } from '../../../rulebook/decide/decision.ts';
import { DIALECT } from '../documents.ts';
import type { CallBook, LiveCall } from './book.ts';
import type { CallStatus } from './record.ts';

/** Calls that are followed at once; when more come, the oldest is written down as over. */
const MOST_CALLS = 50_000;

/** What the ids of Elastic SIP trunks begin with. */
const TRUNKS = `${DIALECT}:TK`;

/** Who calls without a number. */
const ANONYMOUS = 'anonymous';

/** SIP statuses by which a call did not just fail. */
const STATUSES: Readonly<Record<number, CallStatus>> = {
  408: 'no-answer',
  480: 'no-answer',
  486: 'busy',
  487: 'canceled',
  600: 'busy',
  603: 'busy',
};

/** Keeps the calls of Elastic SIP trunks in the book, by what the edge tells of them: nobody here has them in hand. */
export class TrunkCalls {
  readonly #book: CallBook;
  /** By their Call-IDs, the oldest first. */
  readonly #calls = new Map<string, LiveCall>();

  constructor(book: CallBook) {
    this.#book = book;
  }

  /** A call was judged. */
  judged(callId: string, decision: Decision): void {
    const { verdict, trunk, direction } = decision;
    if (verdict !== 'admit' || !trunk?.startsWith(TRUNKS) || this.#calls.has(callId)) return;
    if (direction !== 'termination' && direction !== 'origination') return;
    const call = this.#book.open(
      {
        from: decision.caller ?? ANONYMOUS,
        to: direction === 'termination' ? (decision.called ?? '') : placeOf(decision),
        direction: direction === 'termination' ? 'trunking-terminating' : 'trunking-originating',
        parent_call_sid: null,
        trunk_sid: trunk.slice(DIALECT.length + 1),
      },
      // As in X-Twilio-CallSid.
      `CA${decision.id}`,
    );
    call.becomes('ringing');
    this.#calls.set(callId, call);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > MOST_CALLS && oldest !== undefined) this.ended(oldest);
  }

  /** The caller got the final answer to its INVITE. */
  answered(callId: string, status: number): void {
    const call = this.#calls.get(callId);
    if (!call || call.record.status === 'in-progress') return;
    if (status < 300) return call.becomes('in-progress');
    this.#calls.delete(callId);
    call.end(STATUSES[status] ?? 'failed');
  }

  /** It is over after an answer. */
  ended(callId: string): void {
    this.#calls.get(callId)?.end('completed');
    this.#calls.delete(callId);
  }
}

/** The customer's phone system that a call was first sent to. */
function placeOf({ called, targets }: Decision): string {
  const { user = called, route } = targets[0] ?? {};
  return route ? `sip:${user}@${hostPort(route.host, route.port)}` : `sip:${user}`;
}
