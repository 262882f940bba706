import type { Clock } from '../kit/clock.ts';
import { SipRequest } from '../sip/message/message.ts';
import type { SipMessage } from '../sip/message/message.ts';

/** One message of a call, as one line of its ladder. */
export interface LadderEntry {
  /** Milliseconds since the first message. */
  readonly at: number;
  readonly direction: 'sent' | 'received';
  /** The method of the request, or of the request that a response answers. */
  readonly method: string;
  /** `INVITE sip:…` of a request, `407 Proxy Authentication Required` of a response; printable. */
  readonly text: string;
}

/** More messages than this are not kept: a peer may repeat itself for an hour. */
const MOST_ENTRIES = 500;

/** Every message of one call that was sent and received, retransmissions included, in order. */
export class Ladder {
  readonly entries: LadderEntry[] = [];
  readonly #clock: Clock;
  #began: number | undefined;
  readonly #onEntry: ((entry: LadderEntry) => void) | undefined;

  /** `onEntry` hears of each entry as it comes. */
  constructor(clock: Clock, onEntry?: (entry: LadderEntry) => void) {
    this.#clock = clock;
    this.#onEntry = onEntry;
  }

  /** Milliseconds since the first message; 0 before it. */
  get elapsed(): number {
    return this.#began === undefined ? 0 : this.#clock.now() - this.#began;
  }

  note(direction: LadderEntry['direction'], message: SipMessage): void {
    if (this.entries.length >= MOST_ENTRIES) return;
    const now = this.#clock.now();
    this.#began ??= now;
    const isRequest = message instanceof SipRequest;
    const entry: LadderEntry = {
      at: now - this.#began,
      direction,
      method: isRequest ? message.method : (message.cseq?.method ?? ''),
      text: printable(isRequest ? `${message.method} ${message.uri}` : `${message.status} ${message.reason}`),
    };
    this.entries.push(entry);
    this.#onEntry?.(entry);
  }
}

/** Text from the wire made fit for a terminal and for JSON: UTF-8 read, control characters replaced. */
export function printable(wireText: string): string {
  return Buffer.from(wireText, 'latin1')
    .toString('utf8')
    .replaceAll(/\p{Cc}/gu, '\ufffd')
    .trim();
}
