import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import { parseDatagram } from '../../src/sip/message/parse.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import type { Address } from '../torture/replay.ts';

/** RFC 3261 §17.1.1.1, milliseconds. */
const T1 = 500;
const T2 = 4000;

/** How a call went. */
export interface CallResult {
  readonly callId: string;
  /** The final answer, or `timeout`. */
  readonly status: number | 'timeout';
  /** What the BYE got; null when there was none to send. */
  readonly ended: number | 'timeout' | null;
  /** Wall time: when the INVITE was sent first, when the final answer came, when the BYE was answered. */
  readonly begunAt: number;
  readonly answeredAt: number;
  readonly endedAt: number;
}

/** What a telephone calls, and as whom. */
export interface Line {
  /** Where requests are sent to, whatever their URI. */
  readonly gate: Address;
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** Milliseconds to wait for a final answer; 64 × T1 when absent. */
  readonly patience?: number;
}

/** A telephone over UDP that places many calls at once and keeps to the timers of RFC 3261, unlike a bare peer. */
export class Telephone implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #transactions = new Map<string, (response: SipResponse) => void>();
  readonly #line: Line;

  private constructor(socket: Socket, line: Line) {
    this.#socket = socket;
    this.#line = line;
    ({ address: this.address, port: this.port } = socket.address());
    socket.on('message', (bytes) => {
      const { message } = parseDatagram(bytes);
      if (message instanceof SipResponse) this.#transactions.get(keyOf(message))?.(message);
    });
  }

  static async open(address: string, line: Line): Promise<Telephone> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4_000_000 });
    socket.bind(0, address);
    await once(socket, 'listening');
    return new Telephone(socket, line);
  }

  /** Calls, holds the line for `hold` milliseconds, hangs up. */
  async call(hold: number, called = '+12065550100'): Promise<CallResult> {
    const { host, user, password } = this.#line;
    const from = { From: `<sip:+12065550199@${host}>;tag=caller` };
    let invite = makeRequest('INVITE', `sip:${called}@${host}`, this, from);
    const callId = invite.callId ?? '';
    const begunAt = Date.now();
    let answer = await this.#ask(invite);
    if (answer?.status === 407) {
      invite = withCredentials(invite, answer, password, user);
      answer = await this.#ask(invite);
    }
    const common = { callId, begunAt, answeredAt: Date.now() };
    if (!answer || answer.status >= 300)
      return { ...common, status: answer?.status ?? 'timeout', ended: null, endedAt: Date.now() };
    await pause(hold);
    const bye = await this.#ask(inDialog('BYE', invite, answer, (invite.cseq?.number ?? 0) + 1));
    return { ...common, status: answer.status, ended: bye?.status ?? 'timeout', endedAt: Date.now() };
  }

  /** Asks every 20 ms whether the trunk is there, until one question is answered. */
  async untilAnswered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ask = (): void => {
      const options = makeRequest('OPTIONS', `sip:${this.#line.host}`, this);
      this.#transactions.set(keyOf(options), () => resolve());
      this.#send(options);
    };
    const asking = setInterval(ask, 20);
    await promise.finally(() => clearInterval(asking));
  }

  /** `calls` calls, `rate` begun a second. */
  async load(calls: number, rate: number, hold: number): Promise<CallResult[]> {
    const results: Promise<CallResult>[] = [];
    const begun = performance.now();
    for (let index = 0; index < calls; index += 1) {
      await pause(Math.max((index * 1000) / rate - (performance.now() - begun), 0));
      results.push(this.call(hold));
    }
    return Promise.all(results);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  /** A client transaction (RFC 3261 §17.1): repeats, and acknowledges whatever final answers come, how often they come. */
  #ask(request: SipRequest): Promise<SipResponse | null> {
    const isInvite = request.method === 'INVITE';
    const { promise, resolve } = Promise.withResolvers<SipResponse | null>();
    let interval = T1;
    let repeat: NodeJS.Timeout | undefined;
    const send = (): void => {
      this.#send(request);
      repeat = setTimeout(send, interval);
      interval = isInvite ? interval * 2 : Math.min(interval * 2, T2);
    };
    const end = (answer: SipResponse | null): void => {
      clearTimeout(repeat);
      clearTimeout(limit);
      resolve(answer);
    };
    const limit = setTimeout(() => end(null), this.#line.patience ?? 64 * T1);
    let ack: SipRequest | undefined;
    this.#transactions.set(keyOf(request), (response) => {
      if (isInvite) clearTimeout(repeat);
      if (response.status < 200) return;
      if (isInvite) this.#send((ack ??= ackOf(request, response)));
      end(response);
    });
    send();
    return promise;
  }

  #send(message: SipRequest): void {
    this.#socket.send(message.toBuffer(), this.#line.gate.port, this.#line.gate.address);
  }
}

/** Of a 2xx within the dialog, of anything else within the transaction (RFC 3261 §13.2.2.4, §17.1.1.3). */
function ackOf(invite: SipRequest, answer: SipResponse): SipRequest {
  const number = invite.cseq?.number ?? 0;
  if (answer.status < 300) return inDialog('ACK', invite, answer, number);
  const ack = invite.clone();
  ack.method = 'ACK';
  ack.headers.set('CSeq', `${number} ACK`);
  ack.headers.set('To', answer.headers.get('to') ?? '');
  return ack;
}

function keyOf({ callId, cseq }: SipRequest | SipResponse): string {
  return `${callId} ${cseq?.number} ${cseq?.method}`;
}
