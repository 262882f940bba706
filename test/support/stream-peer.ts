import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { StreamParser } from '../../src/sip/message/parse.ts';

/** How long an answer may take on loopback before the test fails; generous, for a busy machine. */
const PATIENCE = 10_000;

/** Where a peer connects to: over TLS when there is an authority to trust, by the name that it then asks for. */
export interface StreamTarget {
  readonly port: number;
  readonly tls?: { readonly authority: string; readonly name: string };
}

/** A bare SIP client over one TCP or TLS connection for tests: sends what it is told, hands out the answers. */
export class StreamPeer implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly #transport: 'TCP' | 'TLS';
  readonly #socket: Socket;
  readonly #parser = new StreamParser();
  #answers: SipResponse[] = [];
  #more = Promise.withResolvers<void>();

  private constructor(socket: Socket, transport: 'TCP' | 'TLS') {
    this.#socket = socket;
    this.#transport = transport;
    this.address = socket.localAddress ?? '';
    this.port = socket.localPort ?? 0;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** Connects to the gate on this machine; rejects when its certificate does not hold. */
  static async connect({ port, tls }: StreamTarget): Promise<StreamPeer> {
    const host = '127.0.0.1';
    if (!tls) {
      const socket = connect({ host, port });
      await once(socket, 'connect');
      return new StreamPeer(socket, 'TCP');
    }
    const socket = connectTls({ host, port, ca: tls.authority, servername: tls.name });
    await once(socket, 'secureConnect');
    return new StreamPeer(socket, 'TLS');
  }

  /** Sends a request, with this transport in its Via. */
  send(request: SipRequest): void {
    const via = request.headers.values('via')[0] ?? '';
    request.headers.replaceFirstValue('via', via.replace(/^SIP\/2\.0\/\w+/, `SIP/2.0/${this.#transport}`));
    this.#socket.write(request.toBuffer());
  }

  /** The next answer with this status to a request of this method; rejects when none comes. */
  async status(status: number, method = 'INVITE'): Promise<SipResponse> {
    const deadline = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const found = this.#answers.find((answer) => answer.status === status && answer.cseq?.method === method);
      if (found) {
        this.#answers = this.#answers.filter((answer) => answer !== found);
        return found;
      }
      const there = this.#answers.map((answer) => answer.status).join(', ');
      if (deadline.aborted) throw new Error(`no ${status} to ${method}; there were: ${there || 'none'}`);
      await Promise.race([this.#more.promise, once(deadline, 'abort')]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }

  #read(chunk: Buffer): void {
    this.#parser.push(chunk);
    for (let result = this.#parser.next(); result !== undefined; result = this.#parser.next())
      if (result !== 'ping' && result.message instanceof SipResponse) this.#answers.push(result.message);
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }
}
