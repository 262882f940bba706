import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createResponse, SipRequest, type SipResponse } from '../../src/sip/message/message.ts';
import { parseDatagram } from '../../src/sip/message/parse.ts';
import { newBranch } from '../../src/sip/transaction/layer.ts';

/** What a callee saw of one call. */
export interface SeenCall {
  /** One for each INVITE that was a new one to it: more than one is a double call. */
  readonly tags: Set<string>;
  /** Times that an INVITE came again. */
  repeats: number;
  acknowledged: boolean;
  cancelled: boolean;
  ended: boolean;
}

interface Served {
  readonly last: () => SipResponse;
  timer?: NodeJS.Timeout;
}

export interface CalleeOptions {
  /** Milliseconds until it says anything. */
  readonly silence?: number;
  /** Milliseconds that it rings. */
  readonly rings?: number;
  /** What it gives out as its own address, when a relay is before it. */
  readonly reachedBy?: { readonly address: string; readonly port: number };
}

/** A gateway over UDP that rings and answers every call, and remembers what it saw of each. */
export class Callee implements AsyncDisposable {
  readonly calls = new Map<string, SeenCall>();
  /** The most calls that were up at once. */
  peak = 0;
  #up = 0;
  readonly address: string;
  readonly port: number;
  reachedBy: { readonly address: string; readonly port: number };
  readonly #socket: Socket;
  readonly #served = new Map<string, Served>();
  readonly #options: CalleeOptions;

  private constructor(socket: Socket, options: CalleeOptions) {
    this.#socket = socket;
    this.#options = options;
    ({ address: this.address, port: this.port } = socket.address());
    this.reachedBy = options.reachedBy ?? this;
    socket.on('message', (bytes, sender) => {
      const { message } = parseDatagram(bytes);
      if (message instanceof SipRequest) this.#take(message, sender);
    });
  }

  static async open(address: string, options: CalleeOptions = {}): Promise<Callee> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4_000_000 });
    socket.bind(0, address);
    await once(socket, 'listening');
    return new Callee(socket, options);
  }

  get uri(): string {
    return `sip:${this.address}:${this.port}`;
  }

  /** Calls whose callee rang more than once. */
  get doubled(): number {
    return [...this.calls.values()].filter(({ tags }) => tags.size > 1).length;
  }

  /** Times that an INVITE came again, of all calls. */
  get repeats(): number {
    return [...this.calls.values()].reduce((sum, { repeats }) => sum + repeats, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { timer } of this.#served.values()) clearTimeout(timer);
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #take(request: SipRequest, sender: RemoteInfo): void {
    const { method, callId = '' } = request;
    if (method === 'INVITE') return this.#invite(request, sender);
    const call = this.calls.get(callId);
    if (method === 'ACK') {
      if (call) call.acknowledged = true;
      return clearTimeout(this.#served.get(branchOf(request))?.timer ?? this.#byDialog(request)?.timer);
    }
    if (method === 'BYE' && call && !call.ended) {
      call.ended = true;
      this.#up -= 1;
    }
    if (method === 'CANCEL' && call) call.cancelled = true;
    this.#send(createResponse(request, call || method === 'OPTIONS' ? 200 : 481), sender);
  }

  #invite(request: SipRequest, sender: RemoteInfo): void {
    const callId = request.callId ?? '';
    const key = branchOf(request);
    const known = this.#served.get(key);
    let call = this.calls.get(callId);
    if (!call) {
      call = fresh();
      this.calls.set(callId, call);
      this.#up += 1;
      this.peak = Math.max(this.peak, this.#up);
    }
    if (known) {
      call.repeats += 1;
      return this.#send(known.last(), sender);
    }
    const tag = newBranch();
    call.tags.add(tag);
    const { silence = 0, rings = 50 } = this.#options;
    let status = silence > 0 ? 0 : 180;
    const served: Served = { last: () => this.#answer(request, status, tag) };
    this.#served.set(key, served);
    this.#served.set(`${callId} ${tag}`, served);
    const say = (next: number): void => {
      status = next;
      this.#send(served.last(), sender);
    };
    let interval = 500;
    const answer = (): void => {
      say(200);
      served.timer = setTimeout(answer, interval);
      interval = interval < 32_000 ? Math.min(interval * 2, 4000) : interval;
    };
    const ring = (): void => {
      say(180);
      served.timer = setTimeout(answer, rings);
    };
    if (silence > 0) served.timer = setTimeout(ring, silence);
    else ring();
  }

  #byDialog(request: SipRequest): Served | undefined {
    return this.#served.get(`${request.callId} ${request.to?.tag}`);
  }

  #answer(request: SipRequest, status: number, tag: string): SipResponse {
    const response = createResponse(request, status, undefined, tag);
    response.headers.append('Contact', `<sip:callee@${this.reachedBy.address}:${this.reachedBy.port}>`);
    for (const route of request.headers.lines('record-route')) response.headers.append('Record-Route', route);
    return response;
  }

  #send(response: SipResponse, { address, port }: RemoteInfo): void {
    if (response.status >= 100) this.#socket.send(response.toBuffer(), port, address);
  }
}

function fresh(): SeenCall {
  return { tags: new Set(), repeats: 0, acknowledged: false, cancelled: false, ended: false };
}

function branchOf(request: SipRequest): string {
  return String(request.via?.params.get('branch'));
}
