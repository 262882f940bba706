import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createResponse, SipRequest, type SipMessage } from '../../src/sip/message/message.ts';
import { StreamParser } from '../../src/sip/message/parse.ts';
import { Mailbox } from './mailbox.ts';

/** A bare SIP endpoint over TCP for tests: takes connections, opens them, remembers what comes. */
export class TcpPeer extends Mailbox implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #senders = new Map<SipMessage, Socket>();

  private constructor(server: Server) {
    super();
    this.#server = server;
    ({ address: this.address, port: this.port } = server.address() as AddressInfo);
    server.on('connection', (socket) => this.#read(socket));
  }

  static async open(port = 0, address = '127.0.0.1'): Promise<TcpPeer> {
    const server = createServer().listen(port, address);
    await once(server, 'listening');
    return new TcpPeer(server);
  }

  /** Connections that are open, whoever opened them. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Opens a connection to send and receive on. */
  async connect(to: { address: string; port: number }): Promise<Socket> {
    const socket = connect({ host: to.address, port: to.port, localAddress: this.address });
    await once(socket, 'connect');
    this.#read(socket);
    return socket;
  }

  /** Answers a request on the connection that it came by. */
  respond(request: SipRequest, status: number): void {
    const response = createResponse(request, status, undefined, status > 100 ? `peer${this.port}` : undefined);
    response.headers.append('Contact', `<sip:peer@${this.address}:${this.port};transport=tcp>`);
    for (const route of request.headers.lines('record-route')) response.headers.append('Record-Route', route);
    this.#senders.get(request)?.write(response.toBuffer());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #read(socket: Socket): void {
    const parser = new StreamParser();
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      parser.push(chunk);
      for (let result = parser.next(); result !== undefined; result = parser.next()) {
        if (result === 'ping' || !result.message) continue;
        this.#senders.set(result.message, socket);
        this.deliver(result.message);
      }
    });
  }
}
