import type { PassOn, Session } from '../exchange/session.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { codesOf } from '../sip/message/names.ts';

/** What a transfer says from end to end (RFC 3515, 3891, 3892, 4488, 4538); all else belongs to one dialog. */
const END_TO_END = codesOf([
  'refer-to',
  'referred-by',
  'refer-sub',
  'target-dialog',
  'event',
  'subscription-state',
  'expires',
  'supported',
  'content-type',
]);

/** Transfers that are told apart within one call: each has a number in both of its dialogs. */
const MOST_NUMBERED = 20;

/** One end of two that are joined. `headers` go with what is passed on to it. */
export interface ReferralEnd {
  readonly session: Session;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Passes transfers, and what is told of them, between two ends that are joined: each sees a dialog of its own. */
export class Referrals {
  /** The number of a REFER that was passed on to an end, in the dialog that it came from (RFC 3515 §2.4.6). */
  readonly #numbers = new Map<Session, Map<number, number>>();

  /** Takes a request of `from` to the other end. */
  pass(request: SipRequest, from: Session, to: ReferralEnd): ReturnType<PassOn> {
    const { sequence, answered } = to.session.send(request.method, (copy, contact) => {
      copy.headers.copyFrom(request.headers, END_TO_END);
      copy.headers.set('Contact', contact);
      for (const [name, value] of to.headers) copy.headers.set(name, value);
      copy.body = request.body;
      this.#renumber(copy, from);
    });
    if (request.method === 'REFER') this.#remember(to.session, sequence, request.cseq?.number ?? 0);
    return answered;
  }

  #remember(session: Session, sequence: number, original: number): void {
    const numbers = this.#numbers.get(session) ?? new Map<number, number>();
    this.#numbers.set(session, numbers.set(sequence, original));
    const [oldest] = numbers.keys();
    if (oldest !== undefined && numbers.size > MOST_NUMBERED) numbers.delete(oldest);
  }

  /** What is told of a REFER names it by its number. */
  #renumber({ headers }: SipRequest, from: Session): void {
    const event = headers.get('event');
    if (event === undefined) return;
    const numbers = this.#numbers.get(from);
    const renumbered = event.replace(/(;\s*id\s*=\s*)(\d{1,10})/i, (whole, name: string, id: string) => {
      const original = numbers?.get(Number(id));
      return original === undefined ? whole : `${name}${original}`;
    });
    headers.set('Event', renumbered);
  }
}
