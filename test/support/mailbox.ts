import { SipRequest, SipResponse, type SipMessage } from '../../src/sip/message/message.ts';

/** How long a message may take on loopback before the test fails; generous, for a busy machine. */
const PATIENCE = 10_000;

/** What a peer received, as a queue to wait on. */
export class Mailbox {
  readonly received: SipMessage[] = [];
  #waiting: { matches: (message: SipMessage) => boolean; found: (message: SipMessage) => void }[] = [];

  /** The next message that matches and was not taken by an earlier `next`; rejects when none comes. */
  next<Message extends SipMessage = SipMessage>(matches: (message: SipMessage) => boolean): Promise<Message> {
    const index = this.received.findIndex(matches);
    const there = index >= 0 ? this.received.splice(index, 1)[0] : undefined;
    if (there) return Promise.resolve(there as Message);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no such message; there were: ${this.received.map(summary).join(', ') || 'none'}`)),
        PATIENCE,
      );
      this.#waiting.push({
        matches,
        found: (message) => {
          clearTimeout(timer);
          resolve(message as Message);
        },
      });
    });
  }

  status(status: number): Promise<SipResponse> {
    return this.next<SipResponse>((message) => message instanceof SipResponse && message.status === status);
  }

  method(method: string): Promise<SipRequest> {
    return this.next<SipRequest>((message) => message instanceof SipRequest && message.method === method);
  }

  protected deliver(message: SipMessage): void {
    const waiting = this.#waiting.find((candidate) => candidate.matches(message));
    if (!waiting) {
      this.received.push(message);
      return;
    }
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    waiting.found(message);
  }
}

function summary(message: SipMessage): string {
  return message instanceof SipRequest ? message.method : String(message.status);
}
