import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { SipRequest, SipResponse, createResponse, type SipMessage } from '../../src/sip/message/message.ts';
import { parseDatagram } from '../../src/sip/message/parse.ts';

/** How long a message may take on loopback before the test fails; generous, for a busy machine. */
const PATIENCE = 10_000;

/** A bare SIP endpoint over UDP for tests: sends what it is told, remembers what comes, answers by script. */
export class SipPeer implements AsyncDisposable {
  readonly received: SipMessage[] = [];
  /** Answers each request that comes; nothing is answered while it is unset. */
  onRequest: ((request: SipRequest, peer: SipPeer) => void) | undefined;
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #senders = new Map<SipMessage, { address: string; port: number }>();
  #waiting: { matches: (message: SipMessage) => boolean; found: (message: SipMessage) => void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    ({ address: this.address, port: this.port } = socket.address());
    socket.on('message', (bytes, sender) => this.#take(bytes, sender));
  }

  static async open(address = '127.0.0.1'): Promise<SipPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new SipPeer(socket);
  }

  send(message: SipMessage | Buffer, to: { address: string; port: number }): void {
    this.#socket.send(Buffer.isBuffer(message) ? message : message.toBuffer(), to.port, to.address);
  }

  /** Answers a request that came, to where it came from. */
  respond(request: SipRequest, status: number, prepare?: (response: SipResponse) => void): SipResponse {
    const response = createResponse(request, status, undefined, status > 100 ? `peer${this.port}` : undefined);
    response.headers.append('Contact', `<sip:peer@${this.address}:${this.port}>`);
    for (const route of status > 100 && status < 300 ? request.headers.lines('record-route') : [])
      response.headers.append('Record-Route', route);
    prepare?.(response);
    const sender = this.#senders.get(request);
    if (sender) this.send(response, sender);
    return response;
  }

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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #take(bytes: Buffer, sender: { address: string; port: number }): void {
    const { message } = parseDatagram(bytes);
    if (!message) return;
    this.#senders.set(message, sender);
    if (message instanceof SipRequest) this.onRequest?.(message, this);
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
