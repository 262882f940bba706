import { hash } from 'node:crypto';
import type { SipRequest } from '../sip/message/message.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { CarrierList } from './carriers.ts';

/** Hexadecimal digits of the mark: 64 bits. */
const MARK_LENGTH = 16;

/** Separates the mark from the unique part of a branch; neither part holds it. */
const SEPARATOR = '.';

/** A request as it came in, which says how it will be routed. */
export interface Received {
  readonly request: SipRequest;
  readonly flow: Flow;
}

/**
 * Finds requests that come back (RFC 5393 §4.2): our branches carry a mark, a hash of all that decides where a request
 * goes. One that comes again with the same mark would go the same way for ever. One that was changed on the way (a
 * spiral, such as a call through a carrier back to another customer of ours) has another mark and passes.
 */
export class LoopCheck {
  readonly #carriers: CarrierList;

  constructor(carriers: CarrierList) {
    this.#carriers = carriers;
  }

  /** A branch for the forwarded copy of `received`. */
  branch(unique: string, received: Received): string {
    return unique + SEPARATOR + this.#mark(received);
  }

  /** Whether this very request was forwarded here before. */
  caught(received: Received): boolean {
    const lines = received.request.headers.lines('via');
    // The usual request comes straight from its sender and cannot have been here.
    if (lines.length === 1 && !lines[0]?.includes(',')) return false;
    const mark = SEPARATOR + this.#mark(received);
    return lines.some((line) => line.includes(mark));
  }

  /** Not the Vias, which grow, and not the credentials, whose answer changes nothing once admitted. */
  #mark({ request, flow }: Received): string {
    const { headers, from, to, uri, callId, cseq } = request;
    const carrier = this.#carriers.includes(flow.remote);
    // No part can hold a line break.
    let text = `${carrier}\n${uri}\n${callId}\n${cseq?.number}\n${from?.uri}\n${from?.tag}\n${to?.uri}\n${to?.tag}`;
    for (const id of ROUTING) for (const line of headers.lines(id)) text += `\n${id}\n${line}`;
    return hash('sha256', text).slice(0, MARK_LENGTH);
  }
}

const ROUTING = ['route', 'proxy-require', 'p-asserted-identity', 'p-preferred-identity'];
