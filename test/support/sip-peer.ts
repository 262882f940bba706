import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { SipRequest, createResponse, type SipResponse, type SipMessage } from '../../src/sip/message/message.ts';
import { parseDatagram } from '../../src/sip/message/parse.ts';
import { Mailbox } from './mailbox.ts';

/** A bare SIP endpoint over UDP for tests: sends what it is told, remembers what comes, answers by script. */
export class SipPeer extends Mailbox implements AsyncDisposable {
  /** Answers each request that comes; nothing is answered while it is unset. */
  onRequest: ((request: SipRequest, peer: SipPeer) => void) | undefined;
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #senders = new Map<SipMessage, { address: string; port: number }>();

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    ({ address: this.address, port: this.port } = socket.address());
    socket.on('message', (bytes, sender) => this.#take(bytes, sender));
  }

  static async open(address = '127.0.0.1'): Promise<SipPeer> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #take(bytes: Buffer, sender: { address: string; port: number }): void {
    const { message } = parseDatagram(bytes);
    if (!message) return;
    this.#senders.set(message, sender);
    if (message instanceof SipRequest) this.onRequest?.(message, this);
    this.deliver(message);
  }
}
