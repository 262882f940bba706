import type { Socket } from 'node:dgram';
import type { Call } from './call.ts';
import type { Latency } from './latency.ts';
import { ownerOf, textOf } from './wire.ts';

/** RFC 3261 T1, milliseconds. */
const T1 = 500;

const SDP =
  'v=0\r\no=b 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0 8 101\r\n' +
  'a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n';

/** Headers that a response takes over from its request (RFC 3261 §8.2.6.2, §12.1.1). */
const COPIED = /^(?:via|v|record-route|from|f|call-id|i|cseq):/i;

/** The gateways: ring, answer, and hang up when told to. */
export class Callee {
  readonly #sockets: readonly Socket[];
  readonly #calls: readonly Call[];
  readonly #added: Latency;
  /** Requests that came again. */
  repeats = 0;
  /** Calls answered, by gateway. */
  readonly answered: number[];

  /** `added` gets the time from the caller's INVITE with credentials to its arrival here. */
  constructor(sockets: readonly Socket[], calls: readonly Call[], added: Latency) {
    this.#sockets = sockets;
    this.#calls = calls;
    this.#added = added;
    this.answered = sockets.map(() => 0);
    for (const [gateway, socket] of sockets.entries())
      socket.on('message', (bytes) => this.#receive(textOf(bytes), gateway));
  }

  /** Sends a 200 again that nobody acknowledged (RFC 3261 §13.3.1.4). */
  repeatAnswer(call: Call, now: number): void {
    call.repeated = true;
    call.answerInterval = Math.min(call.answerInterval * 2, 8 * T1);
    call.answerRepeatAt = now + call.answerInterval;
    this.#send(call.answer, call.gateway);
  }

  #receive(text: string, gateway: number): void {
    const method = text.slice(0, 3);
    if (method === 'OPT') return this.#send(respond(text, '200 OK', '', ''), gateway);
    const { slot, generation } = ownerOf(text);
    const call = this.#calls[slot];
    if (call?.generation !== generation) return this.#late(method, text, gateway);
    if (method === 'INV') this.#invited(call, text, gateway);
    else if (method === 'ACK') this.#acknowledged(call);
    else if (method === 'BYE') this.#send(respond(text, '200 OK', '', ''), gateway);
  }

  #invited(call: Call, text: string, gateway: number): void {
    if (call.arrived) {
      this.repeats += 1;
      call.repeated = true;
      return;
    }
    const now = performance.now();
    call.arrived = true;
    call.gateway = gateway;
    this.#added.add(now - call.invitedAt);
    this.answered[gateway] = (this.answered[gateway] ?? 0) + 1;
    const { address, port } = this.#sockets[gateway]?.address() ?? { address: '', port: 0 };
    const contact = `Contact: <sip:callee@${address}:${port}>\r\n`;
    this.#send(respond(text, '180 Ringing', contact, ''), gateway);
    call.answer = respond(text, '200 OK', `${contact}Content-Type: application/sdp\r\n`, SDP);
    call.answerInterval = T1;
    call.answerRepeatAt = now + T1;
    this.#send(call.answer, gateway);
  }

  #acknowledged(call: Call): void {
    call.answer = '';
    call.answerRepeatAt = Infinity;
  }

  /** The call is over for its caller: a repeat of the BYE still gets its answer. */
  #late(method: string, text: string, gateway: number): void {
    if (method === 'ACK') return;
    this.repeats += 1;
    if (method === 'BYE') this.#send(respond(text, '200 OK', '', ''), gateway);
  }

  #send(text: string, gateway: number): void {
    this.#sockets[gateway]?.send(Buffer.from(text, 'latin1'));
  }
}

/** `extra` are whole header lines. A tag is put on a To that has none. */
function respond(request: string, status: string, extra: string, body: string): string {
  let response = `SIP/2.0 ${status}\r\n`;
  let at = request.indexOf('\r\n') + 2;
  for (let end = request.indexOf('\r\n', at); end > at; end = request.indexOf('\r\n', at)) {
    const first = request.charCodeAt(at) | 0x20;
    // t: To; v, r, f, c, i: what is copied begins with one of these.
    if (first === 0x74 && request.charCodeAt(at + 2) === 0x3a) {
      const line = request.slice(at, end);
      response += line.includes(';tag=') ? `${line}\r\n` : `${line};tag=callee\r\n`;
    } else if ((first === 0x76 || first === 0x72 || first === 0x66 || first === 0x63) && isCopied(request, at, end)) {
      response += request.slice(at, end + 2);
    }
    at = end + 2;
  }
  return `${response}${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function isCopied(request: string, at: number, end: number): boolean {
  return COPIED.test(request.slice(at, Math.min(end, at + 13)));
}
