import { SipResponse, type SipMessage } from '../message/message.ts';
import type { RemainsQueue } from './remains.ts';

/**
 * What stays of a transaction once it has nothing to do but to absorb repeats (§17.1.1.2, §17.2). It holds nothing itself:
 * once its time is over it does nothing.
 */
export class Settled {
  readonly #queue: RemainsQueue;
  readonly #place: number;

  constructor(queue: RemainsQueue, place: number) {
    this.#queue = queue;
    this.#place = place;
  }

  /** When its time is over, by the clock of the wheel. */
  get until(): number {
    return this.#queue.at(this.#place)?.until ?? 0;
  }

  /** Whether an ACK that matches is the user's, not ours. */
  get accepted(): boolean {
    return this.#queue.at(this.#place)?.isAccepted ?? false;
  }

  get toTag(): string {
    return this.#queue.at(this.#place)?.toTag ?? '';
  }

  receive(message: SipMessage): void {
    const remain = this.#queue.at(this.#place);
    if (!remain) return;
    if (message instanceof SipResponse && message.status < 300) {
      if (message.status >= 200) remain.user?.response(message, remain.note);
      return;
    }
    const { reply, flow } = remain;
    if (reply) flow?.send(reply);
  }

  /** Sends a further 2xx (RFC 6026 §7.1). */
  respond(response: SipResponse): void {
    const success = response.status >= 200 && response.status < 300;
    if (success) this.#queue.at(this.#place)?.flow?.send(response.print());
  }

  /** Its user hears no more. */
  end(): void {
    this.#queue.at(this.#place)?.dismissUser();
  }

  /** It absorbs no more. False when it did not any longer. */
  close(): boolean {
    return this.#queue.delete(this.#place);
  }
}
