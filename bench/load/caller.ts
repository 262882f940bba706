import type { Socket } from 'node:dgram';
import type { Call, CallCounts } from './call.ts';
import type { DigestAnswers, User } from './digest.ts';
import type { Latency } from './latency.ts';
import { callIdOf, ownerOf, statusOf, textOf, uriIn, valueOf, valuesOf } from './wire.ts';

/** RFC 3261 T1, milliseconds. */
const T1 = 500;

/** Milliseconds after which a call that did not end counts as failed. */
const PATIENCE = 8000;

const SDP =
  'v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49160 RTP/AVP 0 8 101\r\n' +
  'a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n';

export interface CallerParts {
  /** Connected to the server. */
  readonly sockets: readonly Socket[];
  readonly users: readonly User[];
  readonly digest: DigestAnswers;
  /** Gets the time from the first INVITE to the 200. */
  readonly setup: Latency;
  readonly counts: CallCounts;
  /** A slot is free again. */
  readonly ended: (call: Call) => void;
}

/** The telephones: INVITE, 407, ACK, INVITE with credentials, 200, ACK, BYE, 200. */
export class Caller {
  readonly #parts: CallerParts;
  readonly #calls: readonly Call[];
  /** `ADDRESS:PORT` of each socket. */
  readonly #places: readonly string[];

  constructor(calls: readonly Call[], parts: CallerParts) {
    this.#calls = calls;
    this.#parts = parts;
    this.#places = parts.sockets.map((socket) => {
      const { address, port } = socket.address();
      return `${address}:${port}`;
    });
    for (const socket of parts.sockets) socket.on('message', (bytes) => this.#receive(textOf(bytes)));
  }

  /** Places a call. */
  begin(call: Call, user: number, now: number): void {
    call.begin(user, user % this.#places.length, now);
    this.#parts.counts.begun += 1;
    call.step = 'challenge';
    this.#ask(call, this.#invite(call, 1, ''), now);
  }

  /** Repeats a request that got no answer (RFC 3261 §17.1), or gives the call up. */
  repeatRequest(call: Call, now: number): void {
    if (now - call.begunAt > PATIENCE) return this.#fail(call, 'timeout');
    call.repeated = true;
    call.interval *= 2;
    call.repeatAt = now + call.interval;
    this.#send(call, call.request);
  }

  #receive(text: string): void {
    const { slot, generation } = ownerOf(text);
    const call = this.#calls[slot];
    const status = statusOf(text);
    if (call?.generation !== generation || call.step === 'idle' || status === 0) return;
    const cseq = valueOf(text, '\r\nCSeq: ');
    if (status < 200) call.repeatAt = call.begunAt + PATIENCE;
    else if (status === 407 && cseq === '1 INVITE') this.#challenged(call, text);
    else if (status === 200 && cseq === '2 INVITE') this.#answered(call, text);
    else if (status === 200 && cseq === '3 BYE') this.#over(call);
    else this.#refused(call, text, status, cseq);
  }

  #challenged(call: Call, text: string): void {
    this.#send(call, this.#ackOfRefusal(call, text, 1));
    if (call.step !== 'challenge') {
      call.repeated = true;
      return;
    }
    const { users, digest } = this.#parts;
    const user = users[call.user];
    if (!user) return;
    const challenge = valueOf(text, '\r\nProxy-Authenticate: ');
    const credentials = digest.answer(user, challenge, 'INVITE', `sip:+12065550100@${user.host}`);
    const now = performance.now();
    call.step = 'answer';
    call.invitedAt = now;
    this.#ask(call, this.#invite(call, 2, `Proxy-Authorization: ${credentials}\r\n`), now);
  }

  #answered(call: Call, text: string): void {
    if (call.step !== 'answer') {
      call.repeated = true;
      this.#send(call, call.ack);
      return;
    }
    const now = performance.now();
    this.#parts.setup.add(now - call.begunAt);
    call.step = 'end';
    const contact = uriIn(valueOf(text, '\r\nContact: '));
    const routes = valuesOf(text, '\r\nRecord-Route: ').reverse();
    const route = routes.map((value) => `Route: ${value}\r\n`).join('');
    const to = valueOf(text, '\r\nTo: ');
    call.ack = this.#request(call, 'ACK', contact, `${route}To: ${to}\r\nCSeq: 2 ACK\r\n`, 'a');
    this.#send(call, call.ack);
    this.#ask(call, this.#request(call, 'BYE', contact, `${route}To: ${to}\r\nCSeq: 3 BYE\r\n`, 'b'), now);
  }

  #over(call: Call): void {
    if (call.step !== 'end') return;
    this.#parts.counts.completed += 1;
    this.#end(call);
  }

  #refused(call: Call, text: string, status: number, cseq: string): void {
    if (cseq.endsWith('INVITE')) this.#send(call, this.#ackOfRefusal(call, text, Number.parseInt(cseq, 10)));
    // A repeat of the 407 is nothing new.
    if (status !== 407 || call.step === 'answer') this.#fail(call, String(status));
  }

  #fail(call: Call, why: string): void {
    const { counts } = this.#parts;
    counts.failed += 1;
    counts.failures[why] = (counts.failures[why] ?? 0) + 1;
    this.#end(call);
  }

  #end(call: Call): void {
    if (call.repeated) this.#parts.counts.repeated += 1;
    call.end();
    this.#parts.ended(call);
  }

  #invite(call: Call, cseq: number, credentials: string): string {
    const host = this.#hostOf(call);
    const place = this.#places[call.socket];
    const rest =
      `To: <sip:+12065550100@${host}>\r\nCSeq: ${cseq} INVITE\r\nContact: <sip:caller@${place}>\r\n${credentials}` +
      'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nUser-Agent: bench\r\nContent-Type: application/sdp\r\n';
    return this.#request(call, 'INVITE', `sip:+12065550100@${host}`, rest, String(cseq), SDP);
  }

  #ackOfRefusal(call: Call, text: string, cseq: number): string {
    const uri = `sip:+12065550100@${this.#hostOf(call)}`;
    const rest = `To: ${valueOf(text, '\r\nTo: ')}\r\nCSeq: ${cseq} ACK\r\n`;
    return this.#request(call, 'ACK', uri, rest, String(cseq));
  }

  #request(call: Call, method: string, uri: string, rest: string, branch: string, body = ''): string {
    const { slot, generation } = call;
    return (
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${this.#places[call.socket]};branch=z9hG4bK${slot}.${generation}.${branch};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: <sip:+12065550199@${this.#hostOf(call)}>;tag=caller${generation}\r\n` +
      `Call-ID: ${callIdOf(slot, generation)}\r\n${rest}Content-Length: ${body.length}\r\n\r\n${body}`
    );
  }

  #hostOf(call: Call): string {
    return this.#parts.users[call.user]?.host ?? '';
  }

  /** Sends a request that is repeated until it is answered. */
  #ask(call: Call, request: string, now: number): void {
    call.request = request;
    call.interval = T1;
    call.repeatAt = now + T1;
    this.#send(call, request);
  }

  #send(call: Call, text: string): void {
    this.#parts.sockets[call.socket]?.send(Buffer.from(text, 'latin1'));
  }
}
